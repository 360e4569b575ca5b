//! Refresh tokens: rotation, grace, reuse, races; signing out; going over to another site.
use serde_json::{Value, json};
use testing::builders::User;

use crate::{
    app::{App, Reply},
    wechat::{access, app, login, refresh_token},
    world,
};

const REFRESH: &str = "/api/xcx/auth/refresh";

async fn refresh(app: &App, token: &str) -> Reply {
    app.post("", REFRESH, &json!({ "refreshToken": token })).await
}

async fn owner(app: &App, sql: &'static str) {
    sqlx::query(sql).execute(app.dbs.owner()).await.unwrap();
}

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.dbs.owner()).await.unwrap()
}

const REUSED: &str = "SELECT count(*) FROM biz.audit_log WHERE action = 'refresh_token.reused'";
const LIVING: &str = "SELECT count(*) FROM auth.refresh_tokens WHERE revoked_at IS NULL";

/// The clock of every token so far moves back: as if that time had passed.
const A_MINUTE_PASSES: &str = "UPDATE auth.refresh_tokens SET used_at = used_at - interval '61 seconds'";

#[tokio::test]
async fn each_use_makes_a_new_pair_and_the_chain_goes_on() {
    let (app, _wechat) = app().await;
    let first = login(&app, "wx-anna-1").await;
    let mut token = refresh_token(first.data()).to_owned();
    for _ in 0..4 {
        let reply = refresh(&app, &token).await;
        let session = reply.data();
        assert_eq!(session["userId"], first.data()["userId"]);
        assert_eq!(app.get(access(session), "/api/xcx/auth/me").await.status, 200);
        assert_ne!(refresh_token(session), token);
        refresh_token(session).clone_into(&mut token);
        owner(&app, A_MINUTE_PASSES).await;
    }
    assert_eq!((count(&app, REUSED).await, count(&app, LIVING).await), (0, 5));
}

#[tokio::test]
async fn the_token_just_used_is_taken_for_a_minute_and_then_ends_its_family() {
    let (app, _wechat) = app().await;
    let first = login(&app, "wx-anna-1").await;
    let old = refresh_token(first.data());
    let lost = refresh(&app, old).await;
    let again = refresh(&app, old).await;
    assert_ne!(refresh_token(lost.data()), refresh_token(again.data()));
    owner(&app, A_MINUTE_PASSES).await;
    assert_eq!(refresh(&app, old).await.refusal(), (401, 40106));
    assert_eq!(count(&app, REUSED).await, 1);
    // Everybody who holds something of this sign-in is out; other sign-ins of the user are not touched.
    assert_eq!(count(&app, LIVING).await, 0);
    assert_eq!(refresh(&app, refresh_token(again.data())).await.refusal(), (401, 40106));
    assert_eq!(count(&app, REUSED).await, 1, "a family that is over is not given away twice");
    assert_eq!(login(&app, "wx-anna-2").await.status, 200);
}

#[tokio::test]
async fn a_token_older_than_the_newest_rotation_ends_the_family_at_once() {
    let (app, _wechat) = app().await;
    let first = login(&app, "wx-anna-1").await;
    let other = login(&app, "wx-anna-2").await;
    let second = refresh(&app, refresh_token(first.data())).await;
    let third = refresh(&app, refresh_token(second.data())).await;
    assert_eq!(refresh(&app, refresh_token(first.data())).await.refusal(), (401, 40106));
    assert_eq!(refresh(&app, refresh_token(third.data())).await.refusal(), (401, 40106));
    assert_eq!(count(&app, REUSED).await, 1);
    assert_eq!(refresh(&app, refresh_token(other.data())).await.status, 200, "the other phone goes on");
}

#[tokio::test]
async fn refreshes_side_by_side_all_get_a_pair_and_the_family_lives() {
    let (app, _wechat) = app().await;
    let first = login(&app, "wx-anna-1").await;
    let old = refresh_token(first.data());
    let replies = futures::future::join_all((0..8).map(|_| refresh(&app, old))).await;
    let mut tokens: Vec<&str> = replies.iter().map(|reply| refresh_token(reply.data())).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 8);
    let parents =
        "SELECT count(DISTINCT (parent_id, generation)) FROM auth.refresh_tokens WHERE generation = 1";
    assert_eq!((count(&app, parents).await, count(&app, REUSED).await), (1, 0));
    assert_eq!(refresh(&app, tokens[3]).await.status, 200);
}

#[tokio::test]
async fn reuse_beside_use_ends_the_family_for_both() {
    let (app, _wechat) = app().await;
    let first = login(&app, "wx-anna-1").await;
    let second = refresh(&app, refresh_token(first.data())).await;
    owner(&app, A_MINUTE_PASSES).await;
    let (thief, holder) =
        tokio::join!(refresh(&app, refresh_token(first.data())), refresh(&app, refresh_token(second.data())));
    assert_eq!(thief.refusal(), (401, 40106));
    assert_eq!(count(&app, LIVING).await, 0);
    if holder.status == 200 {
        assert_eq!(refresh(&app, refresh_token(holder.data())).await.refusal(), (401, 40106));
    }
}

#[tokio::test]
async fn worthless_tokens_have_one_answer() {
    let (app, _wechat) = app().await;
    let session = login(&app, "wx-anna-1").await;
    let token = refresh_token(session.data());
    let back_office = app.post("", "/api/auth/refresh", &json!({ "refreshToken": token })).await;
    assert_eq!(back_office.refusal(), (401, 40106), "the other side's");
    assert_eq!(refresh(&app, &"0".repeat(64)).await.refusal(), (401, 40106), "unknown");
    assert!(refresh(&app, access(session.data())).await.status.is_client_error(), "no refresh token at all");
    owner(&app, "UPDATE auth.refresh_tokens SET expires_at = now()").await;
    assert_eq!(refresh(&app, token).await.refusal(), (401, 40106), "ended");
    assert_eq!(count(&app, REUSED).await, 0);
    for body in [json!({}), json!({ "refreshToken": "" }), json!({ "refreshToken": 1 })] {
        let reply = app.post("", REFRESH, &body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["refreshToken"]), "{body}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_family_and_says_so_twice() {
    let (app, _wechat) = app().await;
    let session = login(&app, "wx-anna-1").await;
    let other = login(&app, "wx-anna-2").await;
    let next = refresh(&app, refresh_token(session.data())).await;
    for token in [refresh_token(session.data()), refresh_token(session.data()), "unknown"] {
        let out = app.post("", "/api/xcx/auth/logout", &json!({ "refreshToken": token })).await;
        assert_eq!(out.data()["signedOut"], true);
    }
    assert_eq!(refresh(&app, refresh_token(next.data())).await.refusal(), (401, 40106));
    assert_eq!(refresh(&app, refresh_token(other.data())).await.status, 200);
    let audited = "SELECT count(*) FROM biz.audit_log WHERE action = 'user.signed_out'";
    assert_eq!(count(&app, audited).await, 1);
}

#[tokio::test]
async fn a_site_is_switched_to_where_the_user_has_a_role_and_nowhere_else() {
    let app = App::new().await;
    let (one, other, strange) = (world::hall(&app).await, world::hall(&app).await, world::hall(&app).await);
    let user = User::manager(one.site).role(other.site, "finance").insert(&app.dbs).await.unwrap();
    let token = app.siteless_token(user);
    let switch = async |token: &str, body: Value| app.post(token, "/api/xcx/auth/switch-site", &body).await;
    let first = switch(&token, json!({ "siteId": one.site })).await;
    assert_eq!(first.data()["siteId"], one.site);
    assert_eq!(first.data()["sites"].as_array().unwrap().len(), 2);
    let body = json!({ "siteId": other.site, "refreshToken": refresh_token(first.data()) });
    let second = switch(access(first.data()), body).await;
    assert_eq!(second.data()["siteId"], other.site);
    let me = app.get(access(second.data()), "/api/xcx/auth/me").await;
    assert_eq!((&me.data()["siteId"], &me.data()["roles"]), (&json!(other.site), &json!(["finance"])));
    // The session that it replaced is over; the new one stays at its site.
    assert_eq!(refresh(&app, refresh_token(first.data())).await.refusal(), (401, 40106));
    let third = refresh(&app, refresh_token(second.data())).await;
    assert_eq!(third.data()["siteId"], other.site);
    // One answer for sites of others and sites that do not exist.
    for site in [strange.site, 999_999] {
        assert_eq!(switch(&token, json!({ "siteId": site })).await.refusal(), (403, 40302), "{site}");
    }
    for body in [json!({}), json!({ "siteId": 0 }), json!({ "siteId": "1" }), json!({ "siteId": null })] {
        assert_eq!(switch(&token, body.clone()).await.refusal(), (422, 42201), "{body}");
    }
    // Where the role is taken away, the next pair is for a site that is left.
    sqlx::query("DELETE FROM auth.user_site_roles WHERE user_id = $1 AND site_id = $2")
        .bind(user)
        .bind(other.site)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let fourth = refresh(&app, refresh_token(third.data())).await;
    assert_eq!(fourth.data()["siteId"], one.site);
}

#[tokio::test]
async fn an_idempotency_key_keeps_no_token() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.siteless_token(hall.manager);
    let ask = || {
        app.send(reqwest::Method::POST, &token, "/api/xcx/auth/switch-site", |request| {
            request.header("idempotency-key", "switch-1").json(&json!({ "siteId": hall.site }))
        })
    };
    let (first, second) = (ask().await, ask().await);
    assert_ne!(refresh_token(first.data()), refresh_token(second.data()));
    let kept: i64 = count(&app, "SELECT count(*) FROM biz.idempotency_keys WHERE answer IS NOT NULL").await;
    assert_eq!(kept, 0);
}
