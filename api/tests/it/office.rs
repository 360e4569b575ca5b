//! The back office's door, and `api create-admin`.
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use testing::{TestDbs, access::Role, builders::User};

use crate::{
    app::{App, Reply, Sources},
    wechat::{access, refresh_token},
    world,
};

const LOGIN: &str = "/api/auth/login";
const PASSWORD: &str = "a long enough Passw0rd";

async fn named(app: &App, user: i64, username: &str) {
    sqlx::query("UPDATE auth.users SET username = $2, password_hash = $3 WHERE id = $1")
        .bind(user)
        .bind(username)
        .bind(api::password::hash(PASSWORD).unwrap())
        .execute(app.dbs.owner())
        .await
        .unwrap();
}

async fn login(app: &App, username: &str, password: &str) -> Reply {
    app.post("", LOGIN, &json!({ "username": username, "password": password })).await
}

#[tokio::test]
async fn a_manager_signs_in_by_password_and_goes_on_by_refreshing() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    named(&app, hall.manager, "wang.lei").await;
    let reply = login(&app, " Wang.Lei ", PASSWORD).await;
    let session = reply.data();
    assert_eq!((&session["userId"], &session["siteId"]), (&json!(hall.manager), &json!(hall.site)));
    assert_eq!(app.get(access(session), "/api/xcx/tasks").await.status, 200);
    let token = json!({ "refreshToken": refresh_token(session) });
    assert_eq!(
        app.post("", "/api/xcx/auth/refresh", &token).await.refusal(),
        (401, 40106),
        "the other side's"
    );
    let next = app.post("", "/api/auth/refresh", &token).await;
    assert_eq!(next.data()["siteId"], hall.site);
    // The role that opened the door is gone: so is the session.
    sqlx::query("UPDATE auth.user_site_roles SET role_code = 'coach' WHERE user_id = $1")
        .bind(hall.manager)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let token = json!({ "refreshToken": refresh_token(next.data()) });
    assert_eq!(app.post("", "/api/auth/refresh", &token).await.refusal(), (401, 40106));
}

#[tokio::test]
async fn whoever_may_not_come_in_gets_one_answer() {
    let app = App::new().await;
    let (hall, strange) = (world::hall(&app).await, world::hall(&app).await);
    named(&app, hall.manager, "manager").await;
    named(&app, hall.coach, "just-a-coach").await;
    let disabled = User { status: "disabled".into(), ..User::manager(hall.site) };
    named(&app, disabled.insert(&app.dbs).await.unwrap(), "disabled").await;
    let waiting = User { status: "pending".into(), ..User::manager(hall.site) };
    named(&app, waiting.insert(&app.dbs).await.unwrap(), "waiting").await;
    sqlx::query("UPDATE auth.users SET username = 'no-password' WHERE id = $1")
        .bind(hall.finance)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let mut said = Vec::new();
    for (name, password) in [
        ("nobody", PASSWORD),
        ("manager", "wrong"),
        ("just-a-coach", PASSWORD),
        ("disabled", PASSWORD),
        ("waiting", PASSWORD),
        ("no-password", PASSWORD),
        ("no-password", "x"),
    ] {
        let reply = login(&app, name, password).await;
        assert_eq!(reply.refusal(), (401, 40104), "{name}: {}", reply.text);
        said.push(reply.json["message"].clone());
    }
    assert!(said.iter().all(|words| *words == said[0]));
    for site in [strange.site, 999_999] {
        let body = json!({ "username": "manager", "password": PASSWORD, "siteId": site });
        assert_eq!(app.post("", LOGIN, &body).await.refusal(), (401, 40104), "{site}");
    }
    let refused: Vec<(Option<i64>, Value)> = sqlx::query_as(
        "SELECT user_id, detail FROM biz.audit_log WHERE action = 'user.sign_in_refused' ORDER BY id",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    assert_eq!(refused.len(), 9);
    assert_eq!(refused[0].0, None);
    assert_eq!(refused[1].0, Some(hall.manager));
    assert!(!format!("{refused:?}").contains("nobody"), "names typed wrong may be passwords");
}

#[tokio::test]
async fn guesses_are_limited_by_name_also_of_users_who_do_not_exist() {
    let dbs = TestDbs::new().await.unwrap();
    let app = App::with(dbs, Sources::Both, &[("LIMITS__LOGINS_PER_ACCOUNT", "3/3600")]).await;
    let hall = world::hall(&app).await;
    named(&app, hall.manager, "manager").await;
    for name in ["manager", "nobody"] {
        for _ in 0..3 {
            assert_eq!(login(&app, name, "wrong").await.refusal(), (401, 40104));
        }
        // In any spelling, and with the right password too.
        let denied = login(&app, &format!(" {}", name.to_uppercase()), PASSWORD).await;
        assert_eq!(denied.refusal(), (429, 42901), "{name}");
        assert!(denied.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn bad_bodies_are_named() {
    let app = App::new().await;
    for (body, fields) in [
        (json!({}), vec!["username"]),
        (json!({ "username": "", "password": "", "siteId": 0 }), vec!["password", "siteId", "username"]),
        (json!({ "username": "a", "password": "x".repeat(129) }), vec!["password"]),
        (json!({ "username": "a".repeat(65), "password": "x" }), vec!["username"]),
        (json!({ "username": "a\u{0}b", "password": "x" }), vec!["username"]),
        (json!({ "username": "a", "password": ["x"] }), vec!["password"]),
        (json!({ "username": "a", "password": "x", "admin": true }), vec!["admin"]),
    ] {
        let reply = app.post("", LOGIN, &body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{body}: {}", reply.text);
    }
}

fn create_admin(dbs: &TestDbs, username: &str, password: &str) -> (i32, String) {
    at_the_machine(dbs, &["create-admin", "--username", username], password)
}

fn at_the_machine(dbs: &TestDbs, arguments: &[&str], password: &str) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_api"))
        .args(arguments)
        .env("ZQYY__DATABASE__BIZ_URL", dbs.biz_url(Role::Api))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_at_the_machine_and_signs_in() {
    let app = App::new().await;
    let (code, said) = create_admin(&app.dbs, "Root-1", PASSWORD);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("root-1") && !said.contains(PASSWORD), "{said}");
    // Before there is a first hall.
    let reply = login(&app, "root-1", PASSWORD).await;
    assert!(reply.data()["siteId"].is_null());
    assert_eq!(app.get(access(reply.data()), "/api/admin/users").await.data()["total"], 1);
    let refreshed =
        app.post("", "/api/auth/refresh", &json!({ "refreshToken": refresh_token(reply.data()) })).await;
    let hall = world::hall(&app).await;
    let body = json!({ "refreshToken": refresh_token(refreshed.data()), "siteId": hall.site });
    assert_eq!(app.post("", "/api/auth/refresh", &body).await.data()["siteId"], hall.site);

    let (code, said) = create_admin(&app.dbs, "root-1", PASSWORD);
    assert_eq!((code, said.contains("root-1")), (1, true), "{said}");
    for (name, password) in
        [("root-2", "short"), ("root-2", "aaaaaaaaaaaaaaaa"), ("root-2", ""), ("2", PASSWORD)]
    {
        let (code, said) = create_admin(&app.dbs, name, password);
        assert_eq!(code, 2, "{name}: {said}");
    }
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM auth.users WHERE username LIKE 'root%'")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(users, 1);
    let audited: Vec<(Option<i64>, String)> =
        sqlx::query_as("SELECT user_id, object_type FROM biz.audit_log WHERE action = 'user.created'")
            .fetch_all(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(audited, [(None, "user".to_owned())]);
}

/// Managers come by WeChat, and have neither name nor password before somebody gives them both.
#[tokio::test(flavor = "multi_thread")]
async fn a_manager_gets_a_name_and_a_password_and_an_old_session_ends_with_a_new_one() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let set = |arguments: &[&str], password| {
        at_the_machine(&app.dbs, &[&["set-password", "--username"][..], arguments].concat(), password)
    };
    let manager = hall.manager.to_string();
    assert_eq!(login(&app, "wang.lei", PASSWORD).await.refusal(), (401, 40104));
    let token = app.token(hall.manager, hall.site);
    let (code, said) = set(&["Wang.Lei", "--user-id", &manager], PASSWORD);
    assert!(code == 0 && said.contains("wang.lei") && !said.contains(PASSWORD), "{code} {said}");
    assert_eq!(app.get(&token, "/api/xcx/tasks").await.refusal(), (401, 40103), "tokens of before");
    let first = login(&app, "wang.lei", PASSWORD).await;
    assert_eq!(app.get(access(first.data()), "/api/admin/task-rules").await.status, 200);
    // Forgotten: by the name alone.
    const OTHER: &str = "quite another Passw0rd";
    assert_eq!(set(&["wang.lei"], OTHER).0, 0);
    assert_eq!(login(&app, "wang.lei", PASSWORD).await.refusal(), (401, 40104));
    assert_eq!(login(&app, "wang.lei", OTHER).await.status, 200);
    assert_eq!(app.get(access(first.data()), "/api/admin/task-rules").await.refusal(), (401, 40103));
    let old = json!({ "refreshToken": refresh_token(first.data()) });
    assert_eq!(app.post("", "/api/auth/refresh", &old).await.refusal(), (401, 40106));

    let finance = hall.finance.to_string();
    for (arguments, password, expected) in [
        (&["nobody"][..], PASSWORD, 1),
        (&["nobody", "--user-id", "999999"], PASSWORD, 1),
        (&["wang.lei", "--user-id", &finance], PASSWORD, 1),
        (&["li.si", "--user-id", &finance], "short", 2),
        (&["2", "--user-id", &finance], PASSWORD, 2),
    ] {
        let (code, said) = set(arguments, password);
        assert_eq!(code, expected, "{arguments:?}: {said}");
    }
    let audited: Vec<(Option<i64>, String)> =
        sqlx::query_as("SELECT user_id, object_id FROM biz.audit_log WHERE action = 'user.password_set'")
            .fetch_all(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(audited, [(None, manager.clone()), (None, manager)]);
    let named: i64 = sqlx::query_scalar("SELECT count(*) FROM auth.users WHERE username IS NOT NULL")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(named, 1);
}
