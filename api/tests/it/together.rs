//! One reading for all who ask for the same page at once: it goes to nobody who may not see it, and is no older than the
//! question.
use std::time::Duration;

use serde_json::json;
use sqlx::Connection as _;

use crate::{
    app::{App, Sources},
    world::{self, COACH},
};

/// Waits until a statement on the warehouse waits for a lock.
async fn somebody_waits(app: &App) {
    let blocked = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database()))";
    while !sqlx::query_scalar::<_, bool>(blocked).fetch_one(app.dbs.etl_owner()).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_reading_under_way_is_told_to_nobody_who_may_not_see_it_nor_came_later() {
    let dbs = testing::TestDbs::new().await.unwrap();
    let app = App::with(
        dbs,
        Sources::Both,
        &[("api.module_timeout_ms", "60000"), ("api.request_timeout_ms", "90000")],
    )
    .await;
    let hall = world::hall(&app).await;
    let path = format!("/api/xcx/coaches/{COACH}");
    let [manager, colleague] = [hall.manager, hall.colleague].map(|user| app.token(user, hall.site));
    let mut owner = sqlx::PgConnection::connect(&app.dbs.etl_url(testing::Role::EtlOwner)).await.unwrap();
    let mut lock = owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE dim.assistant IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();

    let ask = || app.get(&manager, &path);
    let meanwhile = async {
        somebody_waits(&app).await;
        // Hears at once, although a manager's reading of the same address is under way.
        assert_eq!(app.get(&colleague, &path).await.refusal().0, 403);
        sqlx::query("UPDATE dim.assistant SET nickname = '新名字' WHERE assistant_id = $1")
            .bind(COACH)
            .execute(&mut *lock)
            .await
            .unwrap();
        lock.commit().await.unwrap();
    };
    let (first, second, third, ()) = tokio::join!(ask(), ask(), ask(), meanwhile);
    for reply in [&first, &second, &third] {
        assert_eq!(reply.data()["id"], json!(COACH));
        assert_eq!(reply.data()["degraded"], json!([]));
    }
    // Whoever asks now sees what is there now.
    let after = ask().await;
    assert_eq!(after.data()["name"], json!("新名字"));
    // One of them read before the change; the two others came while it did, and were told of a later reading.
    let new = [&first, &second, &third].iter().filter(|reply| reply.data() == after.data()).count();
    assert!(new >= 2, "{new} of 3 saw the change");
}
