//! Signing in by WeChat, against a fake that speaks its protocol.
use std::time::Duration;

use serde_json::{Value, json};
use testing::{
    FakeWechat, TestDbs,
    builders::User,
    fake_wechat::{APP_ID, APP_SECRET, openid},
};

use crate::{
    app::{App, Reply, Sources},
    world,
};

const LOGIN: &str = "/api/xcx/auth/login";
const PHONE: &str = "/api/xcx/auth/phone";

/// An API that reaches a fake WeChat.
pub async fn app() -> (App, FakeWechat) {
    app_with(&[]).await
}

async fn app_with(keys: &[(&str, &str)]) -> (App, FakeWechat) {
    let wechat = FakeWechat::start().await.unwrap();
    let url = wechat.url();
    let mut all = vec![
        ("WECHAT__APP_ID", APP_ID),
        ("WECHAT__APP_SECRET", APP_SECRET),
        ("WECHAT__BASE_URL", url.as_str()),
        ("WECHAT__TIMEOUT_MS", "500"),
    ];
    all.extend(keys);
    (App::with(TestDbs::new().await.unwrap(), Sources::Both, &all).await, wechat)
}

pub async fn login(app: &App, code: &str) -> Reply {
    app.post("", LOGIN, &json!({ "code": code })).await
}

/// The access token of a session.
pub fn access(session: &Value) -> &str {
    session["accessToken"].as_str().unwrap()
}

/// The refresh token of a session.
pub fn refresh_token(session: &Value) -> &str {
    session["refreshToken"].as_str().unwrap()
}

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.dbs.owner()).await.unwrap()
}

#[tokio::test]
async fn a_first_sign_in_makes_a_new_user_and_the_next_finds_them() {
    let (app, wechat) = app().await;
    let first = login(&app, &wechat.issue("anna")).await;
    let session = first.data();
    assert_eq!((&session["status"], &session["siteId"]), (&json!("new"), &Value::Null));
    assert_eq!((&session["sites"], &session["expiresIn"]), (&json!([]), &json!(900)));
    assert_eq!(session["refreshExpiresIn"], 30 * 86_400);
    let me = app.get(access(session), "/api/xcx/auth/me").await;
    assert_eq!((&me.data()["userId"], &me.data()["siteId"]), (&session["userId"], &Value::Null));
    assert_eq!(app.get(access(session), "/api/xcx/tasks").await.refusal(), (403, 40301));

    let again = login(&app, "wx-anna-2").await;
    assert_eq!(again.data()["userId"], session["userId"]);
    assert_ne!(login(&app, "wx-berta-1").await.data()["userId"], session["userId"]);
    assert_eq!(count(&app, "SELECT count(*) FROM auth.users").await, 2);
    let audited = "SELECT count(*) FROM biz.audit_log WHERE action = 'user.signed_in' AND user_id IS NOT NULL
                   AND request_id IS NOT NULL AND site_id IS NULL";
    assert_eq!(count(&app, audited).await, 3);
    // The session key is not kept, nor is any token.
    let kept: String = sqlx::query_scalar(
        "SELECT string_agg(t::text, ' ') FROM (SELECT u::text FROM auth.users u
             UNION ALL SELECT r::text FROM auth.refresh_tokens r UNION ALL SELECT a::text FROM biz.audit_log a) AS t",
    )
    .fetch_one(app.dbs.owner())
    .await
    .unwrap();
    for secret in [refresh_token(session), access(session), "ZmFrZS1zZXNzaW9uLWtleQ"] {
        assert!(!kept.contains(secret), "{secret} is kept");
    }
}

#[tokio::test]
async fn a_coach_signs_in_at_their_hall() {
    let (app, _wechat) = app().await;
    let hall = world::hall(&app).await;
    sqlx::query("UPDATE auth.users SET wx_openid = $2 WHERE id = $1")
        .bind(hall.coach)
        .bind(openid("lin"))
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let reply = login(&app, "wx-lin-1").await;
    let session = reply.data();
    assert_eq!((&session["userId"], &session["siteId"]), (&json!(hall.coach), &json!(hall.site)));
    assert_eq!(session["sites"][0]["roles"], json!(["coach"]));
    assert_eq!(app.get(access(session), "/api/xcx/tasks").await.status, 200);
}

#[tokio::test]
async fn every_answer_of_wechats_becomes_one_of_ours() {
    let (app, wechat) = app().await;
    for (code, status, ours) in [
        ("fail-40029-1", 401, 40105),
        ("failtext-40029-1", 401, 40105),
        ("nonsense", 401, 40105),
        ("fail-40163-1", 401, 40105),
        ("fail-40226-1", 403, 40306),
        ("failtext-40226-1", 403, 40306),
        ("fail-45011-1", 429, 42901),
        ("failtext-45011-1", 429, 42901),
        ("busy-9-anna-1", 503, 50304),
        ("fail-40013-1", 502, 50201),
        ("failtext-41002-1", 502, 50201),
        ("fail-99999-1", 502, 50201),
        ("html-200-1", 502, 50201),
        ("html-502-1", 502, 50201),
        ("slow-3000-anna-1", 502, 50201),
    ] {
        let reply = login(&app, code).await;
        assert_eq!(reply.refusal(), (status, ours), "{code}: {}", reply.text);
        assert!(!reply.text.contains("errcode") && !reply.text.contains(APP_SECRET), "{}", reply.text);
        assert_eq!(reply.headers.contains_key("retry-after"), status == 429, "{code}");
    }
    assert_eq!(count(&app, "SELECT count(*) FROM auth.users").await, 0);
    // Busy twice is not too often.
    assert_eq!(login(&app, "busy-2-anna-2").await.status, 200);
    // A code lives once, and five minutes.
    let code = wechat.issue("anna");
    assert_eq!(login(&app, &code).await.status, 200);
    assert_eq!(login(&app, &code).await.refusal(), (401, 40105));
    let old = wechat.issue("anna");
    wechat.advance(Duration::from_secs(300));
    assert_eq!(login(&app, &old).await.refusal(), (401, 40105));
}

#[tokio::test]
async fn a_refused_code_is_not_sent_again_and_a_busy_wechat_is_asked_three_times() {
    let (app, wechat) = app().await;
    for (code, asked) in
        [("fail-40029-1", 1), ("slow-3000-anna-1", 1), ("busy-9-anna-1", 3), ("html-503-1", 3)]
    {
        let before = wechat.asked().sessions;
        login(&app, code).await;
        assert_eq!(wechat.asked().sessions - before, asked, "{code}");
    }
}

#[tokio::test]
async fn without_wechat_sign_in_says_so() {
    let app = App::new().await;
    assert_eq!(login(&app, "wx-anna-1").await.refusal(), (503, 50305));
    let url = {
        let gone = FakeWechat::start().await.unwrap();
        gone.url()
    };
    let keys =
        [("WECHAT__APP_ID", APP_ID), ("WECHAT__APP_SECRET", APP_SECRET), ("WECHAT__BASE_URL", url.as_str())];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    assert_eq!(login(&app, "wx-anna-1").await.refusal(), (502, 50201));
    let wrong = FakeWechat::start().await.unwrap();
    let url = wrong.url();
    let keys = [
        ("WECHAT__APP_ID", APP_ID),
        ("WECHAT__APP_SECRET", "not the secret"),
        ("WECHAT__BASE_URL", url.as_str()),
    ];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    assert_eq!(login(&app, "wx-anna-1").await.refusal(), (502, 50201));
}

#[tokio::test]
async fn bad_bodies_are_named() {
    let (app, wechat) = app().await;
    let long = "x".repeat(201);
    for body in [
        json!({}),
        json!({ "code": "" }),
        json!({ "code": long }),
        json!({ "code": "a\u{0}b" }),
        json!({ "code": "a\nb" }),
        json!({ "code": 7 }),
        json!({ "code": null }),
    ] {
        let reply = app.post("", LOGIN, &body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["code"]), "{body}: {}", reply.text);
    }
    assert_eq!(wechat.asked().sessions, 0);
}

#[tokio::test]
async fn two_first_sign_ins_at_once_make_one_user() {
    let (app, wechat) = app().await;
    let codes: Vec<String> = (0..8).map(|_| wechat.issue("anna")).collect();
    let replies = futures::future::join_all(codes.iter().map(|code| login(&app, code))).await;
    let ids: Vec<&Value> = replies.iter().map(|reply| &reply.data()["userId"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(count(&app, "SELECT count(*) FROM auth.users").await, 1);
}

#[tokio::test]
async fn a_disabled_user_does_not_get_in_and_it_is_on_record() {
    let (app, _wechat) = app().await;
    let user = User { status: "disabled".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    sqlx::query("UPDATE auth.users SET wx_openid = $2 WHERE id = $1")
        .bind(user)
        .bind(openid("out"))
        .execute(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(login(&app, "wx-out-1").await.refusal(), (401, 40104));
    let refused = "SELECT count(*) FROM biz.audit_log WHERE action = 'user.sign_in_refused'";
    assert_eq!(count(&app, refused).await, 1);
    assert_eq!(count(&app, "SELECT count(*) FROM auth.refresh_tokens").await, 0);
}

#[tokio::test]
async fn sign_ins_of_one_person_are_limited() {
    let (app, _wechat) = app_with(&[("LIMITS__LOGINS_PER_ACCOUNT", "2/3600")]).await;
    assert_eq!(login(&app, "wx-anna-1").await.status, 200);
    assert_eq!(login(&app, "wx-anna-2").await.status, 200);
    let third = login(&app, "wx-anna-3").await;
    assert_eq!(third.refusal(), (429, 42901));
    assert!(third.headers.contains_key("retry-after"));
    assert_eq!(login(&app, "wx-berta-1").await.status, 200);
}

#[tokio::test]
async fn a_phone_number_is_kept_and_shown_masked() {
    let (app, wechat) = app().await;
    let reply = login(&app, "wx-anna-1").await;
    let token = access(reply.data());
    let set = app.post(token, PHONE, &json!({ "code": "phone-13912345678-1" })).await;
    assert_eq!(set.data()["phone"], "139****5678");
    let kept = "SELECT phone FROM auth.users";
    let stored: String = sqlx::query_scalar(kept).fetch_one(app.dbs.owner()).await.unwrap();
    assert_eq!(stored, "13912345678");
    let used = app.post(token, PHONE, &json!({ "code": "phone-13912345678-1" })).await;
    assert_eq!(used.refusal(), (401, 40105));
    app.post(token, PHONE, &json!({ "code": "abroad-852-61234567-1" })).await.data();
    let stored: String = sqlx::query_scalar(kept).fetch_one(app.dbs.owner()).await.unwrap();
    assert_eq!(stored, "+85261234567");
    for (code, refusal) in [
        ("fail-45011-1", (429, 42901)),
        ("fail--1-1", (503, 50304)),
        ("failtext-47001-1", (502, 50201)),
        ("html-200-1", (502, 50201)),
        ("phone-12-1", (502, 50201)),
    ] {
        assert_eq!(app.post(token, PHONE, &json!({ "code": code })).await.refusal(), refusal, "{code}");
    }
    assert_eq!(wechat.asked().tokens, 1, "the access token is fetched once");
    assert_eq!(app.post("", PHONE, &json!({ "code": "phone-13912345678-2" })).await.refusal(), (401, 40101));
}

#[tokio::test]
async fn the_access_token_is_fetched_once_for_all_and_again_when_it_has_ended() {
    let (app, wechat) = app().await;
    let reply = login(&app, "wx-anna-1").await;
    let token = access(reply.data());
    let ask = async |nonce: usize| {
        let body = json!({ "code": format!("phone-13912345678-{nonce}") });
        app.post(token, PHONE, &body).await.data();
    };
    futures::future::join_all((0..6).map(&ask)).await;
    assert_eq!((wechat.asked().tokens, wechat.asked().forced), (1, 0));
    // Another program forced a new one: ours is invalid, and the plain call gives theirs.
    wechat.forget_token();
    futures::future::join_all((10..16).map(&ask)).await;
    let asked = wechat.asked();
    assert_eq!((asked.tokens, asked.forced), (2, 0), "{asked:?}");
    // It ended earlier than the database thinks.
    wechat.advance(Duration::from_secs(7201));
    ask(20).await;
    assert_eq!((wechat.asked().tokens, wechat.asked().forced), (3, 0));
}
