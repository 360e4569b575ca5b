//! No row of another hall, over every route of the document; and the second lock by itself.
use serde_json::{Value, json};
use testing::builders::{Note, Task, User};

use crate::{
    app::App,
    world::{self, COACH, Hall, MEMBER, STRANGER},
};

/// (method, path) of every documented operation.
fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&api::cli::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    paths.iter().flat_map(|(path, item)| methods(item).into_iter().map(|m| (m, path.clone()))).collect()
}

/// What each tenant route is asked with. A new route fails here until it is listed.
fn request(method: &str, path: &str) -> (String, Value) {
    match (method, path) {
        ("get", "/api/xcx/auth/me" | "/api/xcx/tasks") => (String::new(), Value::Null),
        ("get", "/api/xcx/notes") => (format!("?targetType=member&targetId={MEMBER}"), Value::Null),
        ("post", "/api/xcx/notes") => {
            (String::new(), json!({ "targetType": "member", "targetId": MEMBER, "content": "探测" }))
        }
        _ => panic!("{method} {path} is not covered: say here how it is asked"),
    }
}

fn tenant_routes() -> Vec<(String, String)> {
    let open = ["/healthz", "/readyz", "/api/xcx/auth/dev-login"];
    operations().into_iter().filter(|(_, path)| !open.contains(&path.as_str())).collect()
}

async fn ask(app: &App, token: &str, method: &str, path: &str) -> crate::app::Reply {
    let (query, body) = request(method, path);
    match method {
        "get" => app.get(token, &format!("{path}{query}")).await,
        _ => app.post(token, path, &body).await,
    }
}

/// A task and a note in the hall, whose words and ids tell where they are from.
async fn furnish(app: &App, hall: Hall) -> (i64, i64) {
    let task = Task::new(hall.site, COACH, MEMBER).insert(&app.dbs).await.unwrap();
    let mut note = Note::on_member(hall.site, hall.coach, COACH, MEMBER);
    note.content = format!("备注@{}", hall.site);
    (task, note.insert(&app.dbs).await.unwrap())
}

#[tokio::test]
async fn every_route_refuses_those_without_token_or_permission() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let nobody = User::default().insert(&app.dbs).await.unwrap();
    let pending =
        User { status: "pending".into(), ..User::manager(hall.site) }.insert(&app.dbs).await.unwrap();
    for (method, path) in tenant_routes() {
        assert_eq!(ask(&app, "", &method, &path).await.refusal(), (401, 40101), "{method} {path}");
        if !path.starts_with("/api/xcx/auth/") {
            let token = app.token(nobody, hall.site);
            assert_eq!(ask(&app, &token, &method, &path).await.refusal(), (403, 40302), "{method} {path}");
            let token = app.token(pending, hall.site);
            assert_eq!(ask(&app, &token, &method, &path).await.refusal(), (403, 40301), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn no_answer_holds_a_row_of_another_hall() {
    let app = App::new().await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let (task, note) = furnish(&app, other).await;
    for user in [one.coach, one.manager] {
        let token = app.token(user, one.site);
        for (method, path) in tenant_routes() {
            let reply = ask(&app, &token, &method, &path).await;
            assert_eq!(reply.status, 200, "{method} {path}: {}", reply.text);
            let words = format!("@{}", other.site);
            assert!(!reply.text.contains(&words), "{method} {path} tells of the other hall: {}", reply.text);
            let listed = reply.json["data"]["list"].as_array().cloned().unwrap_or_default();
            let foreign = if path.ends_with("tasks") { task } else { note };
            assert!(listed.iter().all(|row| row["id"] != foreign), "{method} {path}: {}", reply.text);
        }
    }
    // The probe's own rows went to its own hall.
    let strays: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.notes WHERE site_id = $1 AND content = '探测'")
            .bind(other.site)
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(strays, 0);
}

#[tokio::test]
async fn the_second_lock_holds_without_the_first() {
    let app = App::new().await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    furnish(&app, one).await;
    furnish(&app, other).await;
    let tables = ["coach_tasks", "coach_task_history", "notes"];
    let seen = async |site: Option<i64>, table: &str| -> Vec<i64> {
        let mut tx = app.dbs.api().begin().await.unwrap();
        if let Some(site) = site {
            sqlx::query("SELECT set_config('app.current_site_id', $1, true)")
                .bind(site.to_string())
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        let sql = sqlx::AssertSqlSafe(format!("SELECT DISTINCT site_id FROM biz.{table}"));
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
