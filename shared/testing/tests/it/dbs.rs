//! Every test gets fresh databases, sees them as the application's roles, and leaves none behind.
use sqlx::Row as _;
use testing::{
    Role, TestDbs,
    builders::{Note, Site, Task, User},
};

#[tokio::test]
async fn each_role_reaches_its_database_and_nothing_more() {
    let dbs = TestDbs::new().await.unwrap();
    for (pool, name) in [
        (dbs.api(), "zqyy_api"),
        (dbs.worker(), "zqyy_worker"),
        (dbs.owner(), "zqyy_owner"),
        (dbs.etl_writer(), "zqyy_etl_writer"),
        (dbs.etl_reader(), "zqyy_etl_reader"),
        (dbs.etl_owner(), "zqyy_etl_owner"),
    ] {
        let row =
            sqlx::query("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user")
                .fetch_one(pool)
                .await
                .unwrap();
        assert_eq!(row.get::<&str, _>(0), name);
        assert!(!row.get::<bool, _>(1), "{name} is a superuser");
    }
    let stranger = sqlx::PgPool::connect(&dbs.biz_url(Role::EtlReader)).await;
    assert!(stranger.is_err(), "the warehouse's reader reached the business database");
}

#[tokio::test]
async fn the_api_sees_no_row_outside_a_site_and_the_builders_rows_inside() {
    let dbs = TestDbs::new().await.unwrap();
    let site = Site::default().insert(&dbs).await.unwrap();
    let other = Site::default().insert(&dbs).await.unwrap();
    let coach = User::coach(site, 11).insert(&dbs).await.unwrap();
    User::manager(other).insert(&dbs).await.unwrap();
    for status in ["active", "inactive", "completed", "abandoned", "transferred"] {
        Task::new(site, 11, 21).in_status(status).insert(&dbs).await.unwrap();
    }
    Task::new(other, 12, 22).of_type("follow_up_visit").insert(&dbs).await.unwrap();
    Note::on_member(site, coach, 11, 21).insert(&dbs).await.unwrap();

    let count = "SELECT count(*) FROM biz.coach_tasks";
    let outside: i64 = sqlx::query_scalar(count).fetch_one(dbs.api()).await.unwrap();
    assert_eq!(outside, 0);
    let mut tx = dbs.api().begin().await.unwrap();
    sqlx::query("SELECT set_config('app.current_site_id', $1::text, true)")
        .bind(site)
        .execute(&mut *tx)
        .await
        .unwrap();
    let inside: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await.unwrap();
    assert_eq!(inside, 5);
    let all: i64 = sqlx::query_scalar(count).fetch_one(dbs.worker()).await.unwrap();
    assert_eq!(all, 6);
}

#[tokio::test]
async fn the_clock_moves_with_its_offset() {
    let dbs = TestDbs::new().await.unwrap();
    dbs.set_clock_offset(86_400).await.unwrap();
    let ahead: bool = sqlx::query_scalar("SELECT biz.business_now() = now() + interval '1 day'")
        .fetch_one(dbs.api())
        .await
        .unwrap();
    assert!(ahead);
}

#[tokio::test]
async fn databases_go_with_their_test_even_with_connections_open() {
    let dbs = TestDbs::new().await.unwrap();
    let held = dbs.worker().acquire().await.unwrap();
    let admin = dbs.superuser();
    let name = admin.get_database().unwrap().to_owned();
    drop(dbs);
    let admin = sqlx::PgPool::connect_with(admin.database("postgres")).await.unwrap();
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&admin)
        .await
        .unwrap();
    assert!(!there);
    drop(held);
}
