//! What holds for every route: envelopes, ids, limits, headers.
use reqwest::Method;
use serde_json::{Value, json};
use testing::TestDbs;

use crate::{
    app::{App, Sources},
    world,
};

#[tokio::test]
async fn the_two_envelopes() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let good = app.get(&app.token(hall.coach, hall.site), "/api/xcx/auth/me").await.json;
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&good), ["code", "data", "message", "runtime"]);
    let (_, today) = world::now(&app.dbs).await;
    assert_eq!(good["runtime"], json!({ "mode": "live", "date": today, "revised": false }));
    assert_eq!(good["message"], "ok");
    let bad = app.get("", "/api/xcx/auth/me").await.json;
    assert_eq!(keys(&bad), ["code", "data", "errors", "message", "requestId"]);
    assert!(bad["data"].is_null() && bad["errors"].is_null());
    assert_eq!(bad["message"], "请先登录");
}

#[tokio::test]
async fn a_request_keeps_its_id_if_that_is_harmless() {
    let app = App::new().await;
    let ask = async |id: &str| app.send(Method::GET, "", "/nowhere", |r| r.header("x-request-id", id)).await;
    let kept = ask("front-1.2_3").await;
    assert_eq!(kept.headers["x-request-id"], "front-1.2_3");
    assert_eq!(kept.json["requestId"], "front-1.2_3");
    let long = "x".repeat(65);
    for bad in ["a b", "<script>", &long] {
        let new = ask(bad).await;
        assert_ne!(new.headers["x-request-id"], bad);
        assert_eq!(new.headers["x-request-id"].len(), 26);
        assert_eq!(new.json["requestId"].as_str().unwrap(), new.headers["x-request-id"].to_str().unwrap());
    }
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let app = App::new().await;
    for path in ["/", "/nowhere", "/api/xcx", "/api/xcx/tasks/", "/API/xcx/tasks", "/metrics"] {
        assert_eq!(app.get("", path).await.refusal(), (404, 40401), "{path}");
    }
    let wrong = app.send(Method::DELETE, "", "/api/xcx/notes", |r| r).await;
    assert_eq!(wrong.refusal(), (405, 40501));
    let allowed = wrong.headers["allow"].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn bodies_are_json_and_not_too_long() {
    let app =
        App::with(TestDbs::new().await.unwrap(), Sources::Both, &[("API__BODY_LIMIT_BYTES", "2048")]).await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let post = async |kind: Option<&str>, body: String| {
        app.send(Method::POST, &token, "/api/xcx/notes", |r| match kind {
            Some(kind) => r.header("content-type", kind).body(body),
            None => r.body(body),
        })
        .await
        .refusal()
    };
    let json = Some("application/json");
    assert_eq!(post(None, "{}".into()).await, (415, 41501));
    assert_eq!(post(Some("text/plain"), "{}".into()).await, (415, 41501));
    assert_eq!(post(Some("application/x-www-form-urlencoded"), "a=b".into()).await, (415, 41501));
    assert_eq!(post(json, "x".repeat(2049)).await, (413, 41301));
    for broken in ["", "{", "{\"a\":1}}", "nul", "\u{feff}{}"] {
        assert_eq!(post(json, broken.into()).await, (400, 40001), "{broken:?}");
    }
    assert_eq!(post(Some("application/json; charset=utf-8"), "{}".into()).await, (422, 42201));
    assert_eq!(post(json, "[]".into()).await, (422, 42201));
    // Who may not write learns nothing about the body.
    let finance = app.token(hall.finance, hall.site);
    assert_eq!(app.post(&finance, "/api/xcx/notes", &json!([])).await.refusal(), (403, 40302));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = App::new().await;
    for path in ["/healthz", "/nowhere", "/api/xcx/tasks"] {
        let headers = app.get("", path).await.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"),
            "{path}"
        );
    }
}

/// A mini-program is no browser, and the pages of ours are served from here: nobody else's page gets to read an answer.
#[tokio::test]
async fn no_other_origin_is_let_in() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let from_elsewhere = async |method: Method| {
        app.send(method, &token, "/api/xcx/notes", |request| {
            request
                .header("origin", "https://elsewhere.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,content-type")
        })
        .await
    };
    let preflight = from_elsewhere(Method::OPTIONS).await;
    assert_eq!(preflight.refusal(), (405, 40501));
    for reply in [preflight, from_elsewhere(Method::GET).await] {
        let cors = reply.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(cors, None);
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_503_and_leaves_no_transaction_behind() {
    let keys = [("API__REQUEST_TIMEOUT_MS", "300"), ("API__MODULE_TIMEOUT_MS", "100")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let hall = world::hall(&app).await;
    let mut lock = app.dbs.owner().begin().await.unwrap();
    sqlx::query("LOCK TABLE biz.coach_tasks IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let token = app.token(hall.coach, hall.site);
    assert_eq!(app.get(&token, "/api/xcx/tasks").await.refusal(), (503, 50303));
    lock.rollback().await.unwrap();
    assert_eq!(app.get(&token, "/api/xcx/tasks").await.status, 200);
}

#[tokio::test]
async fn query_strings_name_every_parameter_that_is_refused() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    for (query, fields) in [
        ("page=0", vec!["page"]),
        ("page=x&pageSize=101", vec!["page", "pageSize"]),
        ("pageSize=0", vec!["pageSize"]),
        ("page=99999999999", vec!["page"]),
        ("status=open", vec!["status"]),
        ("status=", vec!["status"]),
        ("taskType=call&assistantId=-1", vec!["assistantId", "taskType"]),
        ("assistantId=9007199254740992", vec!["assistantId"]),
        ("page=1&page=2", vec!["page"]),
        ("colour=red", vec!["colour"]),
    ] {
        let reply = app.get(&token, &format!("/api/xcx/tasks?{query}")).await;
        assert_eq!(reply.refusal(), (422, 42201), "{query}");
        assert_eq!(reply.fields(), fields, "{query}");
    }
    assert_eq!(
        app.get(&token, "/api/xcx/tasks?page=4294967295&pageSize=100").await.data()["list"],
        json!([])
    );
}
