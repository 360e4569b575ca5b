//! Tokens, status, permissions.
use std::time::Duration;

use api::token::{Claims, Identity};
use domain::SiteId;
use jsonwebtoken::{EncodingKey, Header, encode};
use testing::builders::{Site, User};

use crate::{
    app::{App, SECRET},
    world::{self, COACH},
};

const TASKS: &str = "/api/xcx/tasks";

fn claims(user_id: i64, site: i64, exp: u64) -> Claims {
    Claims { sub: user_id.to_string(), site: Some(site), ver: 0, iat: 0, exp }
}

fn sign(claims: &Claims, secret: &str, key_id: Option<&str>) -> String {
    let header = Header { kid: key_id.map(str::to_owned), ..Header::default() };
    encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[tokio::test]
async fn only_a_token_that_we_signed_and_that_is_in_time_lets_in() {
    let app = App::new().await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let later = jsonwebtoken::get_current_timestamp() + 600;
    let good = sign(&claims(one.coach, one.site, later), SECRET, Some("1"));
    assert_eq!(app.get(&good, TASKS).await.status, 200);

    let [head, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let elsewhere = sign(&claims(one.coach, other.site, later), SECRET, Some("1"));
    let swapped = format!("{head}.{}.{signature}", elsewhere.split('.').nth(1).unwrap());
    // {"alg":"none","typ":"JWT","kid":"1"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiMSJ9.{payload}.");
    let refused = [
        ("no token", String::new(), 40101),
        ("not a token", "abc".to_owned(), 40101),
        ("alg none", unsigned, 40101),
        (
            "another secret",
            sign(&claims(one.coach, one.site, later), "another secret of 32 bytes or more", Some("1")),
            40101,
        ),
        ("unknown key id", sign(&claims(one.coach, one.site, later), SECRET, Some("9")), 40101),
        ("no key id", sign(&claims(one.coach, one.site, later), SECRET, None), 40101),
        ("swapped site", swapped, 40101),
        ("expired", sign(&claims(one.coach, one.site, 1_000_000_000), SECRET, Some("1")), 40102),
        ("no such user", sign(&claims(999_999, one.site, later), SECRET, Some("1")), 40103),
        ("no such site", sign(&claims(one.coach, 999_999, later), SECRET, Some("1")), 40103),
    ];
    for (what, token, code) in refused {
        assert_eq!(app.get(&token, TASKS).await.refusal(), (401, code), "{what}");
    }
    // Well signed, for a hall where the user has no role.
    assert_eq!(app.get(&elsewhere, TASKS).await.refusal(), (403, 40302));
    let basic = app.send(reqwest::Method::GET, "", TASKS, |r| r.header("authorization", "Basic abc")).await;
    assert_eq!(basic.refusal(), (401, 40101));
    let two = app.send(reqwest::Method::GET, &good, TASKS, |r| r.header("authorization", "Bearer x")).await;
    assert_eq!(two.refusal(), (401, 40101), "two tokens");
}

#[tokio::test]
async fn a_raised_token_version_and_a_disabled_user_end_every_token_at_once() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    assert_eq!(app.get(&token, TASKS).await.status, 200);
    sqlx::query("UPDATE auth.users SET token_version = 1 WHERE id = $1")
        .bind(hall.coach)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(app.get(&token, TASKS).await.refusal(), (401, 40103));
    let who = Identity { user_id: hall.coach, site: Some(SiteId(hall.site)), token_version: 1 };
    let newer = app.tokens.sign(who, Duration::from_secs(600)).unwrap();
    assert_eq!(app.get(&newer, TASKS).await.status, 200);
    sqlx::query("UPDATE auth.users SET status = 'disabled' WHERE id = $1")
        .bind(hall.coach)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(app.get(&newer, TASKS).await.refusal(), (401, 40103));
    assert_eq!(app.get(&newer, "/api/xcx/auth/me").await.refusal(), (401, 40103));
}

#[tokio::test]
async fn status_and_permission_are_both_needed() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    for status in ["new", "pending", "rejected"] {
        let user = User { status: status.to_owned(), ..User::coach(hall.site, 100) };
        let user = User { bindings: vec![], ..user }.insert(&app.dbs).await.unwrap();
        let token = app.token(user, hall.site);
        assert_eq!(app.get(&token, TASKS).await.refusal(), (403, 40301), "{status}");
        assert_eq!(app.get(&token, "/api/xcx/auth/me").await.data()["status"], status);
    }
    assert_eq!(app.get(&app.token(hall.finance, hall.site), TASKS).await.refusal(), (403, 40302));
    let unbound = User::default().role(hall.site, "coach").insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.token(unbound, hall.site), TASKS).await.refusal(), (403, 40303));
    let closed = Site { active: false, ..Site::default() }.insert(&app.dbs).await.unwrap();
    let user = User::coach(closed, COACH).insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.token(user, closed), TASKS).await.refusal(), (401, 40103));
}

#[tokio::test]
async fn me_tells_roles_permissions_and_sites() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let reply = app.get(&app.token(hall.coach, hall.site), "/api/xcx/auth/me").await;
    let me = reply.data();
    assert_eq!(me["userId"], hall.coach);
    assert_eq!(me["siteId"], hall.site);
    assert_eq!(me["assistantId"], COACH);
    assert_eq!(me["roles"], serde_json::json!(["coach"]));
    assert_eq!(
        me["permissions"],
        serde_json::json!(["ai", "customers.own", "notes", "pay.own", "tasks.own"])
    );
    assert_eq!(me["sites"][0]["siteCode"], format!("S{}", hall.site));
    let manager = app.get(&app.token(hall.manager, hall.site), "/api/xcx/auth/me").await;
    assert!(manager.data()["assistantId"].is_null());
}

#[tokio::test]
async fn a_token_without_a_site_opens_the_account_and_no_site() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let coach = app.siteless_token(hall.coach);
    assert_eq!(app.get(&coach, TASKS).await.refusal(), (403, 40305));
    let reply = app.get(&coach, "/api/xcx/auth/me").await;
    let me = reply.data();
    assert_eq!((&me["siteId"], &me["roles"]), (&serde_json::Value::Null, &serde_json::json!([])));
    assert_eq!(me["sites"][0]["siteId"], hall.site);
    assert!(reply.json["runtime"].is_null());
    // Whoever has no site to choose hears why.
    let new = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.siteless_token(new), TASKS).await.refusal(), (403, 40301));
    let disabled = User { status: "disabled".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    for path in [TASKS, "/api/xcx/auth/me"] {
        assert_eq!(app.get(&app.siteless_token(disabled), path).await.refusal(), (401, 40103), "{path}");
    }
    assert_eq!(app.get(&app.siteless_token(999_999), TASKS).await.refusal(), (401, 40103));
}
