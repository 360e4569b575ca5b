//! No row of another hall, over every operation of the document; and each of the two locks by itself.
use testing::builders::User;

use crate::{
    app::{App, Reply},
    ask::{self, Furnished, Operation},
    world::{self, COACH, MEMBER, STRANGER},
};

/// Coaches have the same ids in both halls: whoever asks about theirs is answered about ours.
const SAME_IN_BOTH: &[&str] = &["/api/xcx/coaches/{id}"];

/// Of the document, what is of one site.
fn of_a_site() -> Vec<Operation> {
    ask::operations().into_iter().filter(|operation| operation.at == "site").collect()
}

fn assert_tells_nothing(reply: &Reply, operation: &Operation, other: &Furnished) {
    let words = format!("@{}", other.hall.site);
    assert!(!reply.text.contains(&words), "{} tells of the other hall: {}", operation.name(), reply.text);
    let listed = reply.json["data"]["list"].as_array().cloned().unwrap_or_default();
    let foreign = match operation.path.as_str() {
        "/api/xcx/tasks" => vec![other.task, other.unpinned, other.given_up],
        "/api/xcx/notes" => vec![other.note, other.old_note],
        "/api/member-retention-clue" => vec![other.clue, other.old_clue],
        _ => vec![],
    };
    let own_ids = listed.iter().filter_map(|row| row["id"].as_i64());
    for id in own_ids {
        assert!(!foreign.contains(&id), "{} lists {id} of the other hall: {}", operation.name(), reply.text);
    }
}

/// Two halls with the same coaches and members; callers of the one ask about what is theirs, and then about what is the
/// other's, by every id that an operation takes.
async fn nothing_crosses(app: &App) {
    let (one, other) = (world::hall(app).await, world::hall(app).await);
    let (ours, theirs) = (ask::furnish(app, one).await, ask::furnish(app, other).await);
    let admin_of_one =
        User::default().role(one.site, "admin").bound(one.site, None).insert(&app.dbs).await.unwrap();
    let before = ask::rows_of_site(app, other.site).await;
    let mut answered = 0;
    for operation in of_a_site() {
        let name = operation.name();
        for user in [one.coach, one.manager, admin_of_one] {
            // About ours: never a word of theirs.
            let reply = ask::ask(
                app,
                &app.token(user, one.site),
                &operation,
                &ask::question(app, &operation, &ours).await,
            )
            .await;
            assert!(reply.status.as_u16() < 500, "{name}: {}", reply.text);
            answered += usize::from(reply.status == 200);
            assert_tells_nothing(&reply, &operation, &theirs);
            // About theirs, with our token: it is not there.
            let question = ask::question(app, &operation, &theirs).await;
            let reply = ask::ask(app, &app.token(user, one.site), &operation, &question).await;
            assert_tells_nothing(&reply, &operation, &theirs);
            if operation.path.contains("{id}") && !SAME_IN_BOTH.contains(&operation.path.as_str()) {
                let (status, code) = reply.refusal();
                assert!([(404, 40402), (403, 40302)].contains(&(status, code)), "{name}: {}", reply.text);
            }
            // With a token for their hall: no role there.
            let reply = ask::ask(app, &app.token(user, other.site), &operation, &question).await;
            assert_eq!(reply.refusal(), (403, 40302), "{name}");
        }
    }
    assert!(answered > of_a_site().len(), "hardly any question was answered: {answered}");
    assert_eq!(ask::rows_of_site(app, other.site).await, before, "a row of the other hall was changed");
}

#[tokio::test]
async fn no_answer_and_no_write_crosses_to_another_hall() {
    nothing_crosses(&App::new().await).await;
}

/// The first lock alone: every query filters by site even where the database would not.
#[tokio::test]
async fn the_first_lock_holds_without_the_second() {
    let app = App::new().await;
    let guarded: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('auth', 'biz', 'public') AND c.relrowsecurity",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    assert!(guarded.len() >= 12, "{guarded:?}");
    for table in guarded {
        let sql = format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(app.dbs.owner()).await.unwrap();
    }
    nothing_crosses(&app).await;
}

#[tokio::test]
async fn the_second_lock_holds_without_the_first() {
    let app = App::new().await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    ask::furnish(&app, one).await;
    ask::furnish(&app, other).await;
    let tables = [
        "biz.coach_tasks",
        "biz.coach_task_history",
        "biz.notes",
        "auth.applications",
        "auth.user_site_roles",
        "auth.user_assistant_binding",
        "public.member_retention_clue",
    ];
    let seen = async |site: Option<i64>, table: &str| -> Vec<i64> {
        let mut tx = app.dbs.api().begin().await.unwrap();
        if let Some(site) = site {
            sqlx::query("SELECT set_config('app.current_site_id', $1, true)")
                .bind(site.to_string())
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        let sql = sqlx::AssertSqlSafe(format!("SELECT DISTINCT site_id FROM {table}"));
        sqlx::query_scalar(sql).fetch_all(&mut *tx).await.unwrap()
    };
    for table in tables {
        assert_eq!(seen(Some(one.site), table).await, [one.site], "{table}");
        assert!(seen(None, table).await.is_empty(), "{table} without a site");
    }
    // Nor can a row be written into the other hall.
    let mut tx = app.dbs.api().begin().await.unwrap();
    sqlx::query("SELECT set_config('app.current_site_id', $1, true)")
        .bind(one.site.to_string())
        .execute(&mut *tx)
        .await
        .unwrap();
    let refused = sqlx::query(
        "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content)
         VALUES ($1, $2, 'member', $3, 'normal', 'x')",
    )
    .bind(other.site)
    .bind(one.coach)
    .bind(STRANGER)
    .execute(&mut *tx)
    .await
    .unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"));
}

#[tokio::test]
async fn a_read_opens_a_transaction_that_cannot_write() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let site = domain::SiteId(hall.site);
    let mut tx = store::SiteTx::open(app.dbs.api(), store::Access::Read, hall.coach, site, 0).await.unwrap();
    let refused = sqlx::query("DELETE FROM biz.notes WHERE target_id = $1 AND assistant_id = $2")
        .bind(MEMBER)
        .bind(COACH)
        .execute(tx.connection())
        .await
        .unwrap_err();
    // read_only_sql_transaction
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("25006"));
}
