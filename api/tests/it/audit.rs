//! The audit log: who did what, and that nobody can unwrite it.
use serde_json::json;
use testing::builders::User;

use crate::{
    app::App,
    ask,
    world::{self, MEMBER},
};

const AUDIT: &str = "/api/admin/audit";

#[tokio::test]
async fn a_change_is_told_with_who_where_role_and_request() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    let admin = app.siteless_token(admin);
    let edit = ask::operations().into_iter().find(|o| o.name() == "put /api/admin/task-rules").unwrap();
    for hall in [hall, other] {
        let of = ask::furnish(&app, hall).await;
        let question = ask::question(&app, &edit, &of).await;
        let token = app.token(hall.manager, hall.site);
        let reply = ask::send(&app, &token, &edit, &question, |r| {
            r.header("x-request-id", format!("rules-{}", hall.site))
        })
        .await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    let all = app.get(&admin, AUDIT).await;
    assert_eq!(all.data()["total"], 2, "{}", all.text);
    assert!(all.json["runtime"].is_null());
    let one = app
        .get(
            &admin,
            &format!("{AUDIT}?siteId={}&action=task_rules.changed&userId={}", hall.site, hall.manager),
        )
        .await;
    let line = &one.data()["list"][0];
    assert_eq!(one.data()["total"], 1);
    for (field, expected) in [
        ("action", json!("task_rules.changed")),
        ("siteId", json!(hall.site)),
        ("userId", json!(hall.manager)),
        ("roleCode", json!("manager")),
        ("objectType", json!("task_rules")),
        ("objectId", json!("1")),
        ("requestId", json!(format!("rules-{}", hall.site))),
    ] {
        assert_eq!(line[field], expected, "{field}");
    }
    assert_eq!(line["detail"]["before"]["highThreshold"].to_string(), "7.00");
    assert_eq!(line["detail"]["after"]["priorityThreshold"].to_string(), "6.50");
    // By day, of the zone that belongs to no site.
    let (now, _) = world::now(&app.dbs).await;
    let today = now.with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    let total =
        async |query: String| app.get(&admin, &format!("{AUDIT}?{query}")).await.data()["total"].clone();
    assert_eq!(total(format!("from={today}&to={today}")).await, 2);
    assert_eq!(total(format!("to={}", today.pred_opt().unwrap())).await, 0);
    assert_eq!(total(format!("from={}", today.succ_opt().unwrap())).await, 0);
    assert_eq!(total("action=note.deleted".to_owned()).await, 0);
    let unknown = app.get(&admin, &format!("{AUDIT}?action=note.read&from=2026-02-30")).await;
    assert_eq!((unknown.refusal(), unknown.fields()), ((422, 42201), vec!["action", "from"]));
    let backwards = app.get(&admin, &format!("{AUDIT}?from=2026-02-03&to=2026-02-02")).await;
    assert_eq!(backwards.fields(), ["to"]);
}

#[tokio::test]
async fn a_deletion_is_told_without_what_was_deleted() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let note = json!({ "targetType": "member", "targetId": MEMBER, "content": "不该留下的话" });
    let id = app.post(&token, "/api/xcx/notes", &note).await.data()["id"].clone();
    let gone = app.send(reqwest::Method::DELETE, &token, &format!("/api/xcx/notes/{id}"), |r| r).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    let (object, told): (String, String) =
        sqlx::query_as("SELECT object_id, a::text FROM biz.audit_log a WHERE action = 'note.deleted'")
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(object, id.to_string());
    assert!(!told.contains("不该留下"), "{told}");
}

#[tokio::test]
async fn the_api_s_role_can_append_and_do_nothing_else() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    sqlx::query("INSERT INTO biz.audit_log (site_id, user_id, action) VALUES ($1, $2, 'note.deleted')")
        .bind(hall.site)
        .bind(hall.coach)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    for attempt in [
        "UPDATE biz.audit_log SET action = 'note.kept'",
        "UPDATE biz.audit_log SET detail = '{}' WHERE false",
        "DELETE FROM biz.audit_log",
        "TRUNCATE biz.audit_log",
        "ALTER TABLE biz.audit_log DISABLE ROW LEVEL SECURITY",
        "DROP TABLE biz.audit_log",
    ] {
        // Even where row-level security would show every row.
        let mut tx = app.dbs.api().begin().await.unwrap();
        sqlx::query("SELECT set_config('app.every_site', 'on', true)").execute(&mut *tx).await.unwrap();
        let refused = sqlx::query(attempt).execute(&mut *tx).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{attempt}");
    }
    // Nor tell of another hall, or read one.
    let mut tx = app.dbs.api().begin().await.unwrap();
    sqlx::query("SELECT set_config('app.current_site_id', '999999', true)").execute(&mut *tx).await.unwrap();
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.audit_log").fetch_one(&mut *tx).await.unwrap();
    assert_eq!(seen, 0);
    let refused = sqlx::query("INSERT INTO biz.audit_log (site_id, action) VALUES ($1, 'note.deleted')")
        .bind(hall.site)
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"));
}
