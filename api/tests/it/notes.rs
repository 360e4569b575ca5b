//! Writing and reading notes.
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::builders::{Note, Task};

use crate::{
    app::{App, Sources},
    world::{self, COACH, COLLEAGUE, MEMBER, STRANGER},
};

const NOTES: &str = "/api/xcx/notes";

fn on_member(member: i64) -> Value {
    json!({ "targetType": "member", "targetId": member, "content": " 约好周五再来 " })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn count(app: &App, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.dbs.owner()).await.unwrap()
}

#[tokio::test]
async fn a_note_is_trimmed_stored_and_announced_in_one_transaction() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let body = with(with(on_member(MEMBER), "ratingServiceWillingness", json!(5)), "score", json!(null));
    let reply = app.post(&token, NOTES, &body).await;
    let note = reply.data();
    assert_eq!(note["content"], "约好周五再来");
    assert_eq!(note["type"], "normal");
    assert_eq!(note["ratingServiceWillingness"], 5);
    for field in ["ratingRevisitLikelihood", "score", "aiScore", "aiAnalysis"] {
        assert_eq!(note.get(field), Some(&Value::Null), "{field}");
    }
    let (site, payload): (i64, Value) =
        sqlx::query_as("SELECT site_id, payload FROM biz.trigger_events WHERE event_name = 'note_created'")
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!((site, payload), (hall.site, json!({ "note_id": note["id"], "task_id": null })));

    // Without the event there is no note.
    app.dbs.owner().execute("ALTER TABLE biz.trigger_events RENAME TO gone").await.unwrap();
    assert_eq!(app.post(&token, NOTES, &body).await.refusal(), (500, 50001));
    assert_eq!(count(&app, "SELECT count(*) FROM biz.notes").await, 1);
}

#[tokio::test]
async fn the_linked_task_makes_the_type() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    for (kind, expected) in [
        ("follow_up_visit", "follow_up"),
        ("high_priority_recall", "normal"),
        ("priority_recall", "normal"),
        ("relationship_building", "normal"),
    ] {
        let task = Task::new(hall.site, COACH, MEMBER).of_type(kind).insert(&app.dbs).await.unwrap();
        let reply = app.post(&token, NOTES, &with(on_member(MEMBER), "taskId", json!(task))).await;
        assert_eq!(reply.data()["type"], expected, "{kind}");
    }
}

#[tokio::test]
async fn refused_values_are_all_named_and_nothing_is_written() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let other = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let own = Task::new(hall.site, COACH, MEMBER).insert(&app.dbs).await.unwrap();
    let colleagues = Task::new(hall.site, COLLEAGUE, MEMBER).insert(&app.dbs).await.unwrap();
    let elsewhere = Task::new(other.site, COACH, MEMBER).insert(&app.dbs).await.unwrap();
    let change = |field: &str, value: Value| with(on_member(MEMBER), field, value);
    let table: Vec<(Value, Vec<&str>)> = vec![
        (change("content", json!("  \n　")), vec!["content"]),
        (change("content", json!("字".repeat(2001))), vec!["content"]),
        (change("content", json!("a\0b")), vec!["content"]),
        (change("content", json!(5)), vec!["content"]),
        (change("content", json!(null)), vec!["content"]),
        (change("score", json!(0)), vec!["score"]),
        (change("score", json!(6)), vec!["score"]),
        (change("score", json!(4.5)), vec!["score"]),
        (change("score", json!("5")), vec!["score"]),
        (change("ratingServiceWillingness", json!(-100)), vec!["ratingServiceWillingness"]),
        (change("ratingRevisitLikelihood", json!(100)), vec!["ratingRevisitLikelihood"]),
        (change("targetType", json!("table")), vec!["targetType"]),
        (change("targetId", json!(0)), vec!["targetId"]),
        (change("targetId", json!(9_007_199_254_740_992i64)), vec!["targetId"]),
        (change("taskId", json!(-1)), vec!["taskId"]),
        (change("taskId", json!(999_999)), vec!["taskId"]),
        (change("taskId", json!(elsewhere)), vec!["taskId"]),
        (change("taskId", json!(colleagues)), vec!["taskId"]),
        (with(on_member(STRANGER), "taskId", json!(own)), vec!["taskId"]),
        (json!({ "targetType": "coach", "targetId": COACH, "content": "x", "taskId": own }), vec!["taskId"]),
        (
            json!({ "targetType": "x", "targetId": 0, "content": "", "score": 9, "taskId": 0 }),
            vec!["content", "score", "targetId", "targetType", "taskId"],
        ),
    ];
    for (body, fields) in table {
        let reply = app.post(&token, NOTES, &body).await;
        assert_eq!(reply.refusal(), (422, 42201), "{body}");
        assert_eq!(reply.fields(), fields, "{body}");
    }
    for body in [json!({ "targetType": "member", "targetId": MEMBER }), change("colour", json!("red"))] {
        let reply = app.post(&token, NOTES, &body).await;
        assert_eq!(reply.refusal(), (422, 42201), "{body}");
        assert_eq!(reply.fields().len(), 1, "{}", reply.text);
    }
    assert_eq!(count(&app, "SELECT count(*) FROM biz.notes").await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM biz.trigger_events").await, 0);
    let longest = change("content", json!(format!(" {} ", "字".repeat(2000))));
    assert_eq!(app.post(&token, NOTES, &longest).await.status, 200);
}

#[tokio::test]
async fn who_may_write_about_whom() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let coach = app.token(hall.coach, hall.site);
    let manager = app.token(hall.manager, hall.site);
    let on_coach = |id: i64| json!({ "targetType": "coach", "targetId": id, "content": "x" });
    // Not paired; then paired by an abandoned task.
    assert_eq!(app.post(&coach, NOTES, &on_member(STRANGER)).await.refusal(), (403, 40304));
    Task::new(hall.site, COACH, STRANGER).in_status("abandoned").insert(&app.dbs).await.unwrap();
    assert_eq!(app.post(&coach, NOTES, &on_member(STRANGER)).await.status, 200);
    assert_eq!(app.post(&coach, NOTES, &on_coach(COACH)).await.status, 200);
    assert_eq!(app.post(&coach, NOTES, &on_coach(COLLEAGUE)).await.refusal(), (403, 40304));
    assert_eq!(app.post(&manager, NOTES, &on_member(MEMBER)).await.status, 200);
    assert_eq!(app.post(&manager, NOTES, &on_coach(COLLEAGUE)).await.status, 200);
    assert_eq!(app.post(&manager, NOTES, &on_member(424_242)).await.refusal(), (422, 42201));
    assert_eq!(app.post(&manager, NOTES, &on_coach(424_242)).await.refusal(), (422, 42201));
    let finance = app.token(hall.finance, hall.site);
    assert_eq!(app.post(&finance, NOTES, &on_member(MEMBER)).await.refusal(), (403, 40302));
}

#[tokio::test]
async fn without_the_warehouse_a_coach_still_writes_about_the_tasks_at_hand() {
    let app = App::with(testing::TestDbs::new().await.unwrap(), Sources::NoWarehouse, &[]).await;
    let hall = world::hall(&app).await;
    let task = world::task(&app, hall).await;
    let token = app.token(hall.coach, hall.site);
    assert_eq!(app.post(&token, NOTES, &on_member(MEMBER)).await.status, 200);
    assert_eq!(app.post(&token, NOTES, &with(on_member(MEMBER), "taskId", json!(task))).await.status, 200);
    assert_eq!(app.post(&token, NOTES, &on_member(STRANGER)).await.refusal(), (503, 50302));
}

#[tokio::test]
async fn notes_are_listed_newest_first_to_every_paired_coach() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (now, _) = world::now(&app.dbs).await;
    Task::new(hall.site, COLLEAGUE, MEMBER).insert(&app.dbs).await.unwrap();
    let mut written = Vec::new();
    for minutes in [30, 10, 20, 10] {
        let (user, coach) = if minutes == 20 { (hall.colleague, COLLEAGUE) } else { (hall.coach, COACH) };
        let at = now - chrono::Duration::minutes(minutes);
        let id = Note::on_member(hall.site, user, coach, MEMBER).created(at).insert(&app.dbs).await.unwrap();
        written.push((std::cmp::Reverse(minutes), id));
    }
    written.sort_unstable();
    let newest_first: Vec<i64> = written.iter().rev().map(|(_, id)| *id).collect();
    let path = format!("{NOTES}?targetType=member&targetId={MEMBER}");
    for user in [hall.coach, hall.colleague, hall.manager] {
        let reply = app.get(&app.token(user, hall.site), &path).await;
        let listed: Vec<i64> =
            reply.data()["list"].as_array().unwrap().iter().map(|n| n["id"].as_i64().unwrap()).collect();
        assert_eq!(listed, newest_first);
        assert!(reply.data()["list"][0]["authorName"].is_string());
    }
    let page = app.get(&app.token(hall.coach, hall.site), &format!("{path}&page=2&pageSize=3")).await;
    assert_eq!(page.data()["list"][0]["id"], newest_first[3]);
    assert_eq!((&page.data()["total"], &page.data()["hasMore"]), (&json!(4), &json!(false)));

    let coach = app.token(hall.coach, hall.site);
    let stranger = app.get(&coach, &format!("{NOTES}?targetType=member&targetId={STRANGER}")).await;
    assert_eq!(stranger.refusal(), (403, 40304));
    for (query, fields) in [
        ("", vec!["targetId", "targetType"]),
        ("?targetType=member", vec!["targetId"]),
        ("?targetType=table&targetId=1", vec!["targetType"]),
        ("?targetType=member&targetId=0", vec!["targetId"]),
    ] {
        let reply = app.get(&coach, &format!("{NOTES}{query}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{query}");
    }
}
