//! Liveness, readiness, metrics.
use testing::TestDbs;

use crate::{
    app::{App, Sources},
    world,
};

#[tokio::test]
async fn readiness_names_what_is_missing() {
    let ready = App::new().await;
    assert_eq!(ready.get("", "/readyz").await.data()["status"], "ready");
    for sources in [Sources::NoWarehouse, Sources::WarehouseDown] {
        let app = App::with(TestDbs::new().await.unwrap(), sources, &[]).await;
        let reply = app.get("", "/readyz").await;
        assert_eq!(reply.data()["status"], "degraded");
        assert_eq!(reply.data()["missing"][0]["field"], "warehouse");
    }
    let app = App::with(TestDbs::new().await.unwrap(), Sources::BusinessDown, &[]).await;
    let reply = app.get("", "/readyz").await;
    assert_eq!(reply.refusal(), (503, 50301));
    assert_eq!(reply.fields(), ["business database"]);
    assert_eq!(app.get("", "/healthz").await.data()["status"], "ok");
}

#[tokio::test]
async fn without_the_business_database_requests_are_503() {
    let app = App::with(TestDbs::new().await.unwrap(), Sources::BusinessDown, &[]).await;
    assert_eq!(app.get(&app.token(1, 1), "/api/xcx/tasks").await.refusal(), (503, 50301));
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_status() {
    let handle = api::observe::metrics().unwrap();
    let app = App::new().await;
    let hall = world::hall(&app).await;
    app.get(&app.token(hall.coach, hall.site), "/api/xcx/tasks").await;
    app.get("", "/api/xcx/tasks").await;
    app.get("", "/nowhere/1").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let router = api::serve::metrics_router(app.state.clone(), handle);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    for line in [
        r#"http_requests_total{method="GET",route="/api/xcx/tasks",status="200"}"#,
        r#"http_requests_total{method="GET",route="/api/xcx/tasks",status="401"}"#,
        r#"http_requests_total{method="GET",route="unmatched",status="404"}"#,
        r#"http_request_duration_seconds_bucket{method="GET",route="/api/xcx/tasks",le="0.005"}"#,
        r#"db_pool_connections{database="business",state="idle"}"#,
        r#"db_pool_connections{database="warehouse",state="busy"}"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
