//! Retention clues: written, edited by version, deleted, and what they said kept.
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{App, Reply},
    world::{self, Hall, MEMBER, STRANGER},
};

const CLUES: &str = "/api/member-retention-clue";

fn body() -> Value {
    json!({ "memberId": MEMBER, "category": " 喜好 ", "summary": "生日在六月", "detail": "爱喝\n普洱" })
}

fn edit(version: i32, summary: &str) -> Value {
    json!({ "version": version, "category": "喜好", "summary": summary })
}

async fn write(app: &App, hall: Hall) -> i64 {
    let reply = app.post(&app.token(hall.manager, hall.site), CLUES, &body()).await;
    reply.data()["id"].as_i64().unwrap()
}

async fn send(app: &App, hall: Hall, method: Method, id: i64, body: &Value) -> Reply {
    let token = app.token(hall.manager, hall.site);
    app.send(method.clone(), &token, &format!("{CLUES}/{id}"), |request| match method {
        Method::PUT => request.json(body),
        _ => request,
    })
    .await
}

#[tokio::test]
async fn a_clue_is_written_edited_and_deleted_and_its_versions_stay() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let id = write(&app, hall).await;
    let shown = send(&app, hall, Method::GET, id, &Value::Null).await;
    let data = shown.data();
    assert_eq!((&data["category"], &data["detail"]), (&json!("喜好"), &json!("爱喝\n普洱")));
    assert_eq!(
        (&data["version"], &data["source"], &data["memberId"]),
        (&json!(1), &json!("manual"), &json!(MEMBER))
    );
    assert!(data["recordedByName"].is_string());
    let edited = send(&app, hall, Method::PUT, id, &edit(1, "生日在七月")).await;
    assert_eq!((&edited.data()["version"], &edited.data()["summary"]), (&json!(2), &json!("生日在七月")));
    assert_eq!(edited.data()["detail"], Value::Null);
    // Made on what is no more.
    let stale = send(&app, hall, Method::PUT, id, &edit(1, "生日在八月")).await;
    assert_eq!(
        (stale.refusal(), &stale.json["message"]),
        ((409, 40901), &json!("线索已被修改，请刷新后重试"))
    );
    assert_eq!(send(&app, hall, Method::DELETE, id, &Value::Null).await.data()["id"], id);
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        assert_eq!(send(&app, hall, method, id, &edit(2, "x")).await.refusal(), (404, 40402));
    }
    let kept: Vec<(i32, String, bool)> = sqlx::query_as(
        "SELECT version, summary, valid_from <= valid_to FROM public.member_retention_clue_version
         WHERE site_id = $1 AND clue_id = $2 ORDER BY version",
    )
    .bind(hall.site)
    .bind(id)
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    assert_eq!(kept, [(1, "生日在六月".to_owned(), true), (2, "生日在七月".to_owned(), true)]);
    let audited: (i64, String) =
        sqlx::query_as("SELECT user_id, object_id FROM biz.audit_log WHERE action = 'clue.deleted'")
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(audited, (hall.manager, id.to_string()));
}

#[tokio::test]
async fn of_two_edits_at_once_one_wins() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let id = write(&app, hall).await;
    let (one, other) = (edit(1, "一"), edit(1, "二"));
    let (a, b) =
        tokio::join!(send(&app, hall, Method::PUT, id, &one), send(&app, hall, Method::PUT, id, &other));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let versions: i64 = sqlx::query_scalar("SELECT count(*) FROM public.member_retention_clue_version")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(versions, 1);
}

#[tokio::test]
async fn a_members_clues_are_listed_newest_edit_first() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (first, second, third) = (write(&app, hall).await, write(&app, hall).await, write(&app, hall).await);
    send(&app, hall, Method::PUT, first, &edit(1, "改过")).await.data();
    let token = app.token(hall.manager, hall.site);
    let page = app.get(&token, &format!("{CLUES}?memberId={MEMBER}&pageSize=2")).await;
    let ids = |reply: &Reply| -> Vec<i64> {
        reply.data()["list"].as_array().unwrap().iter().map(|c| c["id"].as_i64().unwrap()).collect()
    };
    assert_eq!((ids(&page), &page.data()["hasMore"]), (vec![first, third], &json!(true)));
    let page = app.get(&token, &format!("{CLUES}?memberId={MEMBER}&pageSize=2&page=2")).await;
    assert_eq!((ids(&page), &page.data()["total"]), (vec![second], &json!(3)));
    assert!(ids(&app.get(&token, &format!("{CLUES}?memberId={STRANGER}")).await).is_empty());
    let reply = app.get(&token, CLUES).await;
    assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["memberId"]));
}

#[tokio::test]
async fn clues_are_the_managers_and_the_sites() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let id = write(&app, hall).await;
    for user in [hall.coach, hall.finance] {
        let token = app.token(user, hall.site);
        assert_eq!(app.get(&token, &format!("{CLUES}/{id}")).await.refusal(), (403, 40302));
        assert_eq!(app.post(&token, CLUES, &body()).await.refusal(), (403, 40302));
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(send(&app, other, method, id, &edit(1, "x")).await.refusal(), (404, 40402));
    }
    let there = app.get(&app.token(other.manager, other.site), &format!("{CLUES}?memberId={MEMBER}")).await;
    assert_eq!(there.data()["total"], 0);
}

#[tokio::test]
async fn bad_clues_are_named_and_not_written() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    let with = |field: &str, value: Value| {
        let mut body = body();
        body[field] = value;
        body
    };
    for (body, fields) in [
        (with("memberId", json!(0)), vec!["memberId"]),
        (with("memberId", json!(424_242)), vec!["memberId"]),
        (with("category", json!(" ")), vec!["category"]),
        (with("category", json!("字".repeat(51))), vec!["category"]),
        (with("category", json!("两\n行")), vec!["category"]),
        (with("summary", json!("字".repeat(201))), vec!["summary"]),
        (with("detail", json!("字".repeat(2001))), vec!["detail"]),
        (with("detail", json!(5)), vec!["detail"]),
        (with("source", json!("ai")), vec!["source"]),
        (json!({ "memberId": 0, "category": "", "summary": "" }), vec!["category", "memberId", "summary"]),
    ] {
        let reply = app.post(&token, CLUES, &body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{body}: {}", reply.text);
    }
    let id = write(&app, hall).await;
    for (body, fields) in [
        (edit(0, "x"), vec!["version"]),
        (edit(1, ""), vec!["summary"]),
        (json!({ "category": "a", "summary": "b" }), vec!["version"]),
    ] {
        let reply = send(&app, hall, Method::PUT, id, &body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{body}: {}", reply.text);
    }
    let written: i64 = sqlx::query_scalar("SELECT count(*) FROM public.member_retention_clue")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(written, 1);
}
