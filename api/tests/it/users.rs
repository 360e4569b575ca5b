//! What administrators do about people, and that it acts at once.
use reference::builders::AssistantRow;
use reqwest::Method;
use serde_json::{Value, json};
use testing::builders::User;

use crate::{
    app::{App, Reply},
    wechat::refresh_token,
    world::{self, COACH, COLLEAGUE, Hall},
};

const TASKS: &str = "/api/xcx/tasks";

async fn admin(app: &App) -> (i64, String) {
    let admin = User { roles: vec![(None, "admin".into())], ..User::default() };
    let id = admin.insert(&app.dbs).await.unwrap();
    (id, app.siteless_token(id))
}

async fn act(app: &App, token: &str, user: i64, verb: &str) -> Reply {
    app.send(Method::POST, token, &format!("/api/admin/users/{user}/{verb}"), |request| request).await
}

async fn put(app: &App, token: &str, user: i64, what: &str, body: Value) -> Reply {
    let path = format!("/api/admin/users/{user}/{what}");
    app.send(Method::PUT, token, &path, |request| request.json(&body)).await
}

async fn audited(app: &App, action: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM biz.audit_log WHERE action = $1 AND role_code = 'admin'")
        .bind(action)
        .fetch_one(app.dbs.owner())
        .await
        .unwrap()
}

#[tokio::test]
async fn disabling_acts_at_once_on_every_token_and_enabling_gives_back_what_was() {
    let app = App::new().await;
    let (hall, (_, admin)) = (world::hall(&app).await, admin(&app).await);
    let token = app.token(hall.coach, hall.site);
    let switched = app.post(&token, "/api/xcx/auth/switch-site", &json!({ "siteId": hall.site })).await;
    let refresh = json!({ "refreshToken": refresh_token(switched.data()) });
    assert_eq!(app.get(&token, TASKS).await.status, 200);
    assert_eq!(act(&app, &admin, hall.coach, "disable").await.data()["status"], "disabled");
    for path in [TASKS, "/api/xcx/auth/me", "/api/xcx/auth/applications"] {
        assert_eq!(app.get(&token, path).await.refusal(), (401, 40103), "{path}");
    }
    assert_eq!(app.post("", "/api/xcx/auth/refresh", &refresh).await.refusal(), (401, 40106));
    assert_eq!(
        act(&app, &admin, hall.coach, "disable").await.data()["status"],
        "disabled",
        "again is the same"
    );
    assert_eq!(audited(&app, "user.disabled").await, 1);

    assert_eq!(act(&app, &admin, hall.coach, "enable").await.data()["status"], "approved");
    assert_eq!(act(&app, &admin, hall.coach, "enable").await.data()["status"], "approved");
    assert_eq!(audited(&app, "user.enabled").await, 1);
    // Tokens of before stay worthless.
    assert_eq!(app.get(&token, TASKS).await.refusal(), (401, 40103));
    assert_eq!(app.post("", "/api/xcx/auth/refresh", &refresh).await.refusal(), (401, 40106));
}

#[tokio::test]
async fn an_administrator_is_always_left() {
    let app = App::new().await;
    let ((one, token), hall) = (admin(&app).await, world::hall(&app).await);
    assert_eq!(act(&app, &token, one, "disable").await.refusal(), (409, 40901), "oneself");
    let none = json!({ "siteId": null, "roles": [] });
    assert_eq!(put(&app, &token, one, "roles", none.clone()).await.refusal(), (409, 40901), "the last one");
    // Two who disable each other at once: one stays.
    for _ in 0..3 {
        let (other, other_token) = admin(&app).await;
        let (first, second) =
            tokio::join!(act(&app, &token, other, "disable"), act(&app, &other_token, one, "disable"));
        let left: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM auth.users u JOIN auth.user_site_roles r ON r.user_id = u.id
             WHERE r.role_code = 'admin' AND u.status = 'approved'",
        )
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
        assert_eq!(left, 1, "{} {}", first.text, second.text);
        sqlx::query("UPDATE auth.users SET status = 'approved', token_version = 0 WHERE id = $1")
            .bind(one)
            .execute(app.dbs.owner())
            .await
            .unwrap();
        sqlx::query("UPDATE auth.users SET status = 'disabled' WHERE id = $1")
            .bind(other)
            .execute(app.dbs.owner())
            .await
            .unwrap();
    }
    // An administrator of one hall counts.
    put(&app, &token, hall.manager, "roles", json!({ "siteId": hall.site, "roles": ["admin"] })).await.data();
    assert_eq!(put(&app, &token, one, "roles", none).await.status, 200);
    assert_eq!(app.get(&token, "/api/admin/users").await.refusal(), (403, 40302));
}

#[tokio::test]
async fn roles_hold_from_the_next_request_on_the_same_token() {
    let app = App::new().await;
    let (hall, (_, admin)) = (world::hall(&app).await, admin(&app).await);
    let token = app.token(hall.finance, hall.site);
    assert_eq!(app.get(&token, TASKS).await.refusal(), (403, 40302));
    let roles = |codes: &[&str]| json!({ "siteId": hall.site, "roles": codes });
    let reply = put(&app, &admin, hall.finance, "roles", roles(&["manager", "finance"])).await;
    assert_eq!(reply.data()["places"][0]["roles"], json!(["finance", "manager"]));
    assert_eq!(app.get(&token, TASKS).await.status, 200);
    put(&app, &admin, hall.finance, "roles", roles(&["manager", "finance"])).await.data();
    assert_eq!(audited(&app, "user.roles_changed").await, 1, "no change is no line");
    // With the last role goes the binding: the generator then ends the coach's tasks.
    let coach = app.token(hall.coach, hall.site);
    let gone = put(&app, &admin, hall.coach, "roles", roles(&[])).await;
    assert_eq!(gone.data()["places"], json!([]));
    assert_eq!(app.get(&coach, TASKS).await.refusal(), (403, 40302));
    let bound: i64 =
        sqlx::query_scalar("SELECT count(*) FROM auth.user_assistant_binding WHERE user_id = $1")
            .bind(hall.coach)
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(bound, 0);
    for (body, fields) in [
        (json!({ "siteId": hall.site, "roles": ["owner"] }), vec!["roles.0"]),
        (json!({ "siteId": hall.site, "roles": ["coach", "coach"] }), vec!["roles.1"]),
        (json!({ "siteId": null, "roles": ["manager"] }), vec!["roles.0"]),
        (json!({ "siteId": 999_999, "roles": [] }), vec!["siteId"]),
        (json!({ "siteId": -1, "roles": [] }), vec!["siteId"]),
        (json!({ "roles": [] }), vec!["siteId"]),
        (json!({ "siteId": null }), vec!["roles"]),
    ] {
        let reply = put(&app, &admin, hall.coach, "roles", body.clone()).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{body}: {}", reply.text);
    }
    let new = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    assert_eq!(put(&app, &admin, new, "roles", roles(&["coach"])).await.refusal(), (409, 40901));
    assert_eq!(put(&app, &admin, 999_999, "roles", roles(&["coach"])).await.refusal(), (404, 40402));
}

#[tokio::test]
async fn a_binding_is_to_a_coach_of_the_hall_whom_nobody_else_is() {
    let app = App::new().await;
    let (hall, (_, admin)) = (world::hall(&app).await, admin(&app).await);
    AssistantRow::new(hall.site, 31).insert(app.dbs.etl_owner()).await.unwrap();
    let to = |id: Option<i64>| json!({ "siteId": hall.site, "assistantId": id });
    let bind = async |user: i64, body: Value| put(&app, &admin, user, "binding", body).await;
    sqlx::query(
        "UPDATE auth.users SET nickname = CASE WHEN id = $1 THEN '自己的名字' END WHERE id = ANY($2)",
    )
    .bind(hall.coach)
    .bind([hall.coach, hall.manager])
    .execute(app.dbs.owner())
    .await
    .unwrap();
    assert_eq!(bind(hall.coach, to(Some(31))).await.data()["places"][0]["assistantId"], 31);
    let token = app.token(hall.coach, hall.site);
    let me = app.get(&token, "/api/xcx/auth/me").await;
    assert_eq!((&me.data()["assistantId"], &me.data()["nickname"]), (&json!(31), &json!("自己的名字")));
    assert_eq!(bind(hall.manager, to(Some(COLLEAGUE))).await.refusal(), (409, 40901));
    assert_eq!(bind(hall.finance, to(Some(COACH))).await.refusal(), (409, 40901), "finance coaches nobody");
    let named = bind(hall.manager, to(Some(COACH))).await;
    assert_eq!(named.data()["places"][0]["assistantId"], COACH);
    assert_eq!(named.data()["nickname"], format!("助教{COACH}"), "the coach's name, for who has none");
    assert!(bind(hall.coach, to(None)).await.data()["places"][0]["assistantId"].is_null());
    assert_eq!(app.get(&token, TASKS).await.refusal(), (403, 40303));
    assert_eq!(audited(&app, "user.binding_changed").await, 3);
    for (body, field) in [
        (json!({ "siteId": hall.site, "assistantId": 424_242 }), "assistantId"),
        (json!({ "siteId": hall.site }), "assistantId"),
        (json!({ "siteId": 999_999, "assistantId": null }), "siteId"),
        (json!({ "siteId": null, "assistantId": null }), "siteId"),
    ] {
        let reply = bind(hall.coach, body.clone()).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{body}: {}", reply.text);
    }
    let elsewhere = User::default().insert(&app.dbs).await.unwrap();
    assert_eq!(bind(elsewhere, to(None)).await.refusal(), (409, 40901), "no role there");
}

async fn found(app: &App, token: &str, query: &str) -> Vec<i64> {
    let reply = app.get(token, &format!("/api/admin/users{query}")).await;
    reply.data()["list"].as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn people_are_found_by_name_digits_status_and_site() {
    let app = App::new().await;
    let (one, (root, admin)): (Hall, _) = (world::hall(&app).await, admin(&app).await);
    let other = world::hall(&app).await;
    sqlx::query("UPDATE auth.users SET nickname = '林100%_小雨', phone = '13912345678', username = 'lin.xy' WHERE id = $1")
        .bind(one.coach)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    for query in ["?q=小雨", "?q=100%25_", "?q=LIN.X", "?q=1234567"] {
        assert_eq!(found(&app, &admin, query).await, [one.coach], "{query}");
    }
    assert!(found(&app, &admin, "?q=139").await.is_empty(), "three digits tell too much");
    let at_one = found(&app, &admin, &format!("?siteId={}", one.site)).await;
    assert_eq!(at_one, [one.finance, one.manager, one.colleague, one.coach]);
    assert!(found(&app, &admin, "?status=disabled").await.is_empty());
    assert!(found(&app, &admin, "?status=approved&pageSize=100").await.contains(&other.coach));
    let shown = app.get(&admin, &format!("/api/admin/users/{}", one.coach)).await;
    assert_eq!(shown.data()["phone"], "139****5678");
    let place = json!({ "siteId": one.site, "siteName": format!("测试店 {}", one.site), "roles": ["coach"], "assistantId": COACH });
    assert_eq!(shown.data()["places"], json!([place]));
    let root = app.get(&admin, &format!("/api/admin/users/{root}")).await;
    assert!(root.data()["places"][0]["siteId"].is_null());
    assert!(!root.text.contains("password"));
    assert_eq!(app.get(&admin, "/api/admin/users/999999").await.refusal(), (404, 40402));
    assert_eq!(app.get(&admin, "/api/admin/users/abc").await.refusal(), (422, 42201));
    let bad = app.get(&admin, "/api/admin/users?q=%00&status=x&siteId=x&pageSize=101").await;
    assert_eq!(bad.fields(), ["pageSize", "q", "siteId", "status"]);
}

#[tokio::test]
async fn users_are_an_administrators_matter() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    for user in [hall.coach, hall.manager, hall.finance] {
        let token = app.token(user, hall.site);
        assert_eq!(app.get(&token, "/api/admin/users").await.refusal(), (403, 40302));
        assert_eq!(act(&app, &token, hall.colleague, "disable").await.refusal(), (403, 40302));
        let roles = json!({ "siteId": hall.site, "roles": ["admin"] });
        assert_eq!(put(&app, &token, user, "roles", roles).await.refusal(), (403, 40302));
    }
    // An administrator of one hall administrates them all; one who is not approved none.
    let local = User::default().role(hall.site, "admin").insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.token(local, hall.site), "/api/admin/users").await.status, 200);
    let waiting = User { status: "pending".into(), ..User::default() }.role(hall.site, "admin");
    let waiting = waiting.insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.token(waiting, hall.site), "/api/admin/users").await.refusal(), (403, 40301));
}
