//! Applying for a site, and being let in or not.
use reference::builders::AssistantRow;
use serde_json::{Value, json};
use testing::builders::{Site, User};

use crate::{
    app::{App, Reply},
    wechat::{access, app, login, refresh_token},
    world::{self, COACH, Hall},
};

/// A coach of the hall's warehouse whom nobody is yet.
const NEWCOMER: i64 = 21;
/// One who has left.
const LEAVER: i64 = 22;

const APPLY: &str = "/api/xcx/auth/apply";

async fn admin(app: &App) -> String {
    let admin = User { roles: vec![(None, "admin".into())], ..User::default() };
    app.siteless_token(admin.insert(&app.dbs).await.unwrap())
}

async fn hall(app: &App) -> Hall {
    let hall = world::hall(app).await;
    let etl = app.dbs.etl_owner();
    AssistantRow::new(hall.site, NEWCOMER).insert(etl).await.unwrap();
    let mut leaver = AssistantRow::new(hall.site, LEAVER);
    leaver.resign_time = Some(world::now(&app.dbs).await.0 - chrono::TimeDelta::days(3));
    leaver.insert(etl).await.unwrap();
    hall
}

fn wish(site: i64, role: &str) -> Value {
    json!({ "siteCode": format!("s{site}"), "roleCode": role, "phone": "139 1234 5678", "employeeNumber": "E-7" })
}

async fn apply(app: &App, token: &str, site: i64, role: &str) -> Reply {
    app.post(token, APPLY, &wish(site, role)).await
}

async fn review(app: &App, admin: &str, id: &Value, verb: &str, body: Value) -> Reply {
    app.post(admin, &format!("/api/admin/applications/{id}/{verb}"), &body).await
}

async fn status(app: &App, token: &str) -> Value {
    app.get(token, "/api/xcx/auth/me").await.data()["status"].clone()
}

#[tokio::test]
async fn from_a_first_sign_in_to_the_first_list() {
    let (app, _wechat) = app().await;
    let (hall, admin) = (hall(&app).await, admin(&app).await);
    let session = login(&app, "wx-newcomer-1").await;
    let token = access(session.data());
    let applied = apply(&app, token, hall.site, "coach").await;
    let mine = applied.data();
    assert_eq!((&mine["status"], &mine["siteId"]), (&json!("pending"), &json!(hall.site)));
    assert_eq!((&mine["phone"], &mine["employeeNumber"]), (&json!("139****5678"), &json!("E-7")));
    assert_eq!(status(&app, token).await, "pending");
    assert_eq!(app.get(token, "/api/xcx/tasks").await.refusal(), (403, 40301));

    let listed =
        app.get(&admin, &format!("/api/admin/applications?status=pending&siteId={}", hall.site)).await;
    assert_eq!((&listed.data()["total"], &listed.data()["list"][0]["id"]), (&json!(1), &mine["id"]));
    let approved = review(&app, &admin, &mine["id"], "approve", json!({ "assistantId": NEWCOMER })).await;
    assert_eq!(approved.data()["status"], "approved");
    assert_eq!(approved.data()["userStatus"], "approved");

    // The old pair leads to the new site.
    let next = app
        .post("", "/api/xcx/auth/refresh", &json!({ "refreshToken": refresh_token(session.data()) }))
        .await;
    assert_eq!(next.data()["siteId"], hall.site);
    let me = app.get(access(next.data()), "/api/xcx/auth/me").await;
    assert_eq!((&me.data()["assistantId"], &me.data()["roles"]), (&json!(NEWCOMER), &json!(["coach"])));
    assert_eq!(me.data()["nickname"], format!("助教{NEWCOMER}"), "WeChat gave no name");
    assert_eq!(app.get(access(next.data()), "/api/xcx/tasks").await.data()["total"], 0);
    let own = app.get(token, "/api/xcx/auth/applications").await;
    assert_eq!((&own.data()["total"], &own.data()["list"][0]["status"]), (&json!(1), &json!("approved")));
    let audited: Vec<(String, Option<i64>, Option<String>)> = sqlx::query_as(
        "SELECT action, site_id, role_code FROM biz.audit_log WHERE object_type = 'application' ORDER BY id",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    assert_eq!(
        audited,
        [
            ("application.submitted".to_owned(), None, None),
            ("application.approved".to_owned(), Some(hall.site), Some("admin".to_owned())),
        ]
    );
}

#[tokio::test]
async fn one_application_at_a_time_and_site() {
    let app = App::new().await;
    let (one, other) = (hall(&app).await, hall(&app).await);
    let user = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    let token = app.siteless_token(user);
    let both = futures::future::join_all((0..4).map(|_| apply(&app, &token, one.site, "coach"))).await;
    let made = both.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(made, 1);
    assert!(both.iter().all(|reply| reply.status == 200 || reply.refusal() == (409, 40901)));
    assert_eq!(
        apply(&app, &token, other.site, "manager").await.status,
        200,
        "another site is another matter"
    );
    let own = app.get(&token, "/api/xcx/auth/applications?pageSize=1").await;
    assert_eq!((&own.data()["total"], &own.data()["hasMore"]), (&json!(2), &json!(true)));
    // Nobody else sees them.
    let stranger = app.siteless_token(one.coach);
    assert_eq!(app.get(&stranger, "/api/xcx/auth/applications").await.data()["total"], 0);
}

#[tokio::test]
async fn an_approved_user_stays_approved_whatever_becomes_of_the_second_site() {
    let app = App::new().await;
    let (one, other, admin) = (hall(&app).await, hall(&app).await, admin(&app).await);
    let token = app.token(one.coach, one.site);
    assert_eq!(apply(&app, &token, one.site, "coach").await.refusal(), (409, 40901), "held already");
    let applied = apply(&app, &token, other.site, "manager").await;
    assert_eq!(status(&app, &token).await, "approved");
    assert_eq!(app.get(&token, "/api/xcx/tasks").await.status, 200);
    let rejected =
        review(&app, &admin, &applied.data()["id"], "reject", json!({ "reason": "本店已满员" })).await;
    assert_eq!(
        (&rejected.data()["status"], &rejected.data()["userStatus"]),
        (&json!("rejected"), &json!("approved"))
    );
    assert_eq!(rejected.data()["reviewNote"], "本店已满员");
}

#[tokio::test]
async fn a_rejected_user_may_try_again_and_one_who_waits_elsewhere_still_waits() {
    let app = App::new().await;
    let (one, other, admin) = (hall(&app).await, hall(&app).await, admin(&app).await);
    let user = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    let token = app.siteless_token(user);
    let (first, second) =
        (apply(&app, &token, one.site, "coach").await, apply(&app, &token, other.site, "coach").await);
    let reason = json!({ "reason": "请先到店面谈" });
    review(&app, &admin, &first.data()["id"], "reject", reason.clone()).await.data();
    assert_eq!(status(&app, &token).await, "pending");
    review(&app, &admin, &second.data()["id"], "reject", reason).await.data();
    assert_eq!(status(&app, &token).await, "rejected");
    assert_eq!(apply(&app, &token, one.site, "coach").await.status, 200);
    assert_eq!(status(&app, &token).await, "pending");
}

#[tokio::test]
async fn of_two_reviewers_one_decides() {
    let app = App::new().await;
    let (hall, one, other) = (hall(&app).await, admin(&app).await, admin(&app).await);
    for round in 0..5 {
        let user = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
        let applied = apply(&app, &app.siteless_token(user), hall.site, "manager").await;
        let id = &applied.data()["id"];
        let (approved, rejected) = tokio::join!(
            review(&app, &one, id, "approve", json!({})),
            review(&app, &other, id, "reject", json!({ "reason": "不行" }))
        );
        let won = [&approved, &rejected].into_iter().filter(|reply| reply.status == 200).count();
        assert_eq!(won, 1, "round {round}: {} {}", approved.text, rejected.text);
        let lost = if approved.status == 200 { &rejected } else { &approved };
        assert_eq!(lost.refusal(), (409, 40901));
        let roles: i64 = sqlx::query_scalar("SELECT count(*) FROM auth.user_site_roles WHERE user_id = $1")
            .bind(user)
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
        assert_eq!(roles == 1, approved.status == 200);
        assert_eq!(review(&app, &one, id, "approve", json!({})).await.refusal(), (409, 40901));
    }
}

#[tokio::test]
async fn a_coach_is_bound_to_a_coach_of_the_hall_and_to_no_one_elses() {
    let app = App::new().await;
    let (hall, admin) = (hall(&app).await, admin(&app).await);
    let applicant = async |role: &str| {
        let user = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
        apply(&app, &app.siteless_token(user), hall.site, role).await.data()["id"].clone()
    };
    let (coach, finance) = (applicant("coach").await, applicant("finance").await);
    for (id, body, refusal) in [
        (&coach, json!({}), (422, 42201)),
        (&coach, json!({ "assistantId": null }), (422, 42201)),
        (&coach, json!({ "assistantId": 424_242 }), (422, 42201)),
        (&coach, json!({ "assistantId": LEAVER }), (422, 42201)),
        (&coach, json!({ "assistantId": 0 }), (422, 42201)),
        (&coach, json!({ "assistantId": COACH }), (409, 40901)),
        (&finance, json!({ "assistantId": NEWCOMER }), (422, 42201)),
    ] {
        let reply = review(&app, &admin, id, "approve", body.clone()).await;
        assert_eq!(reply.refusal(), refusal, "{body}: {}", reply.text);
        assert!(refusal.0 != 422 || reply.fields() == ["assistantId"], "{}", reply.text);
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM auth.applications WHERE status = 'pending'")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(left, 2, "nothing half-written");
    // Two applicants for the same coach at once: one is bound.
    let rival = applicant("coach").await;
    let body = json!({ "assistantId": NEWCOMER });
    let (first, second) = tokio::join!(
        review(&app, &admin, &coach, "approve", body.clone()),
        review(&app, &admin, &rival, "approve", body.clone())
    );
    let mut ends = [first.status.as_u16(), second.status.as_u16()];
    ends.sort_unstable();
    assert_eq!(ends, [200, 409], "{} {}", first.text, second.text);
    assert_eq!(review(&app, &admin, &finance, "approve", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_wish_that_cannot_be_is_named() {
    let app = App::new().await;
    let hall = hall(&app).await;
    let closed = Site { active: false, ..Site::default() }.insert(&app.dbs).await.unwrap();
    let user = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    let token = app.siteless_token(user);
    let with = |field: &str, value: Value| {
        let mut body = wish(hall.site, "coach");
        body[field] = value;
        body
    };
    for (field, value) in [
        ("siteCode", json!("NOWHERE")),
        ("siteCode", json!(format!("S{closed}"))),
        ("siteCode", json!("北京")),
        ("siteCode", json!("")),
        ("roleCode", json!("admin")),
        ("roleCode", json!("owner")),
        ("phone", json!("1234")),
        ("phone", json!("not a phone")),
        ("employeeNumber", json!(" ")),
        ("employeeNumber", json!("长".repeat(51))),
        ("employeeNumber", json!("a\u{0}")),
        ("extra", json!(1)),
    ] {
        let reply = app.post(&token, APPLY, &with(field, value.clone())).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{value}: {}", reply.text);
    }
    let all = json!({ "siteCode": "", "roleCode": "x", "phone": "x", "employeeNumber": "" });
    let reply = app.post(&token, APPLY, &all).await;
    assert_eq!(reply.fields(), ["employeeNumber", "phone", "roleCode", "siteCode"]);
    assert_eq!(status(&app, &token).await, "new");
}

#[tokio::test]
async fn reviewing_is_for_administrators_with_a_reason() {
    let app = App::new().await;
    let (hall, admin) = (hall(&app).await, admin(&app).await);
    let manager = app.token(hall.manager, hall.site);
    assert_eq!(app.get(&manager, "/api/admin/applications").await.refusal(), (403, 40302));
    assert_eq!(review(&app, &manager, &json!(1), "approve", json!({})).await.refusal(), (403, 40302));
    assert_eq!(review(&app, &admin, &json!(999_999), "approve", json!({})).await.refusal(), (404, 40402));
    for reason in [json!(""), json!("   "), json!("长".repeat(501)), Value::Null] {
        let body = json!({ "reason": reason });
        let reply = review(&app, &admin, &json!(1), "reject", body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["reason"]), "{}", reply.text);
    }
    let bad = app.get(&admin, "/api/admin/applications?status=open&siteId=0&page=0").await;
    assert_eq!((bad.refusal(), bad.fields()), ((422, 42201), vec!["page", "siteId", "status"]));
    // A disabled applicant is enabled first.
    let user = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
    let applied = apply(&app, &app.siteless_token(user), hall.site, "manager").await;
    let url = format!("/api/admin/users/{user}/disable");
    app.send(reqwest::Method::POST, &admin, &url, |request| request).await.data();
    let reply = review(&app, &admin, &applied.data()["id"], "approve", json!({})).await;
    assert_eq!(reply.refusal(), (409, 40901), "{}", reply.text);
}
