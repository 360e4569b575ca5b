//! Signing in without a password, where that is allowed.
use serde_json::json;
use testing::{TestDbs, builders::User};

use crate::{
    app::{App, Sources},
    world,
};

const LOGIN: &str = "/api/xcx/auth/dev-login";

async fn open() -> App {
    App::with(TestDbs::new().await.unwrap(), Sources::Both, &[("AUTH__DEV_LOGIN", "true")]).await
}

#[tokio::test]
async fn it_is_not_there_unless_it_is_switched_on() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    assert_eq!(app.post("", LOGIN, &json!({ "userId": hall.coach })).await.refusal(), (404, 40401));
}

#[tokio::test]
async fn its_token_works_and_the_sign_in_is_noted() {
    let app = open().await;
    let hall = world::hall(&app).await;
    sqlx::query("UPDATE auth.users SET username = 'coach-one' WHERE id = $1")
        .bind(hall.coach)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    for body in [
        json!({ "username": "coach-one" }),
        json!({ "userId": hall.coach }),
        json!({ "userId": hall.coach, "siteId": hall.site }),
    ] {
        let reply = app.post("", LOGIN, &body).await;
        let session = reply.data();
        assert_eq!(session["siteId"], hall.site);
        assert_eq!(session["expiresIn"], 900);
        let token = session["accessToken"].as_str().unwrap();
        assert_eq!(app.get(token, "/api/xcx/auth/me").await.data()["userId"], hall.coach);
    }
    let noted: bool = sqlx::query_scalar("SELECT last_login_at IS NOT NULL FROM auth.users WHERE id = $1")
        .bind(hall.coach)
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert!(noted);
}

#[tokio::test]
async fn the_answer_is_the_same_for_whoever_may_not_sign_in() {
    let app = open().await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let homeless = User::default().insert(&app.dbs).await.unwrap();
    let disabled =
        User { status: "disabled".into(), ..User::manager(one.site) }.insert(&app.dbs).await.unwrap();
    let mut said = Vec::new();
    for body in [
        json!({ "username": "nobody" }),
        json!({ "userId": 999_999 }),
        json!({ "userId": homeless }),
        json!({ "userId": disabled }),
        json!({ "userId": one.coach, "siteId": other.site }),
        json!({ "userId": one.coach, "siteId": 999_999 }),
    ] {
        let reply = app.post("", LOGIN, &body).await;
        assert_eq!(reply.refusal(), (401, 40104), "{body}");
        said.push(reply.json["message"].clone());
    }
    said.dedup();
    assert_eq!(said.len(), 1);
    for body in [
        json!({}),
        json!({ "username": "" }),
        json!({ "username": "a", "userId": 1 }),
        json!({ "userId": 0 }),
    ] {
        assert_eq!(app.post("", LOGIN, &body).await.refusal(), (422, 42201), "{body}");
    }
}
