//! Zone and cut-off hour of a site.
use reqwest::Method;
use serde_json::{Value, json};
use testing::builders::User;

use crate::{
    app::{App, Reply},
    world,
};

const DAY: &str = "/api/business-day";

async fn put(app: &App, token: &str, body: &Value) -> Reply {
    app.send(Method::PUT, token, DAY, |request| request.json(body)).await
}

#[tokio::test]
async fn an_administrator_sets_it_and_hears_what_follows() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    let token = app.token(admin, hall.site);
    let shown = app.get(&token, DAY).await;
    let (day, theirs) = (&shown.data()["businessDay"], &shown.data()["warehouse"]);
    assert_eq!((&day["timezone"], &day["cutoffHour"]), (&json!("Asia/Shanghai"), &json!(8)));
    assert_eq!(theirs["agrees"], true, "{}", shown.text);
    let based_on = day["updatedAt"].clone();

    let body = json!({ "timezone": "Asia/Urumqi", "cutoffHour": 6, "basedOn": based_on });
    let changed = put(&app, &token, &body).await;
    let data = changed.data();
    assert_eq!((&data["before"]["cutoffHour"], &data["after"]["cutoffHour"]), (&json!(8), &json!(6)));
    assert_eq!(data["warehouse"]["agrees"], false);
    let effects = data["effects"].to_string();
    assert!(effects.contains("06:00") && effects.contains("数据仓库"), "{effects}");
    assert_eq!(app.get(&token, DAY).await.data()["businessDay"]["timezone"], "Asia/Urumqi");
    // On what was seen before the change: somebody was quicker.
    assert_eq!(put(&app, &token, &body).await.refusal(), (409, 40901));
    let told: Value =
        sqlx::query_scalar("SELECT detail FROM biz.audit_log WHERE action = 'business_day.changed'")
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(told["after"], json!({ "timezone": "Asia/Urumqi", "cutoffHour": 6 }));
    assert_eq!(told["before"], json!({ "timezone": "Asia/Shanghai", "cutoffHour": 8 }));
}

#[tokio::test]
async fn zones_and_hours_that_nobody_has_are_named() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    let token = app.token(admin, hall.site);
    let based_on = app.get(&token, DAY).await.data()["businessDay"]["updatedAt"].clone();
    for (zone, hour, fields) in [
        ("Mars/Base", json!(8), vec!["timezone"]),
        ("asia/shanghai", json!(24), vec!["cutoffHour", "timezone"]),
        ("UTC+8", json!(-1), vec!["cutoffHour", "timezone"]),
        ("", json!(9), vec!["timezone"]),
        ("../../etc/passwd", json!(9), vec!["timezone"]),
    ] {
        let reply =
            put(&app, &token, &json!({ "timezone": zone, "cutoffHour": hour, "basedOn": based_on })).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{zone} {hour}");
    }
}

#[tokio::test]
async fn it_is_shown_without_the_warehouse() {
    let dbs = testing::TestDbs::new().await.unwrap();
    let app = App::with(dbs, crate::app::Sources::NoWarehouse, &[]).await;
    let hall = world::hall(&app).await;
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    let shown = app.get(&app.token(admin, hall.site), DAY).await;
    assert!(shown.data()["warehouse"].is_null());
    assert_eq!(shown.data()["businessDay"]["cutoffHour"], 8);
}
