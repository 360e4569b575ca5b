//! Acting on a task over HTTP: who may, in which state, and what is said.
use reference::builders::AssistantRow;
use reqwest::Method;
use serde_json::{Value, json};
use testing::{
    TestDbs,
    builders::{Task, User},
};

use crate::{
    app::{App, Reply, Sources},
    world::{self, COACH, COLLEAGUE, Hall, MEMBER},
};

async fn act(app: &App, user: i64, hall: Hall, task: i64, action: &str) -> Reply {
    let body = match action {
        "abandon" => json!({ "reason": " 客人出差 " }),
        "transfer" => json!({ "assistantId": COLLEAGUE, "reason": "换人跟进" }),
        _ => json!({}),
    };
    app.post(&app.token(user, hall.site), &format!("/api/xcx/tasks/{task}/{action}"), &body).await
}

async fn history(app: &App, task: i64) -> Vec<String> {
    sqlx::query_scalar("SELECT action FROM biz.coach_task_history WHERE task_id = $1 ORDER BY created_at, id")
        .bind(task)
        .fetch_all(app.dbs.owner())
        .await
        .unwrap()
}

const ACTIONS: [&str; 6] = ["pin", "unpin", "abandon", "cancel-abandon", "restore", "transfer"];

#[tokio::test]
async fn a_coach_pins_gives_up_and_takes_up_again() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = world::task(&app, hall).await;
    let pinned = act(&app, hall.coach, hall, task, "pin").await;
    let data = pinned.data();
    assert_eq!(
        (&data["id"], &data["isPinned"], &data["status"]),
        (&json!(task), &json!(true), &json!("active"))
    );
    assert_eq!(data["memberName"], format!("会员{MEMBER}@{}", hall.site));
    assert_eq!((&data["memberPhone"], &data["heartIcon"]), (&json!("139****5678"), &json!("💖")));
    assert_eq!((&data["degraded"], &data["successorId"]), (&json!([]), &Value::Null));
    // Repeating is fine, and no change.
    assert_eq!(act(&app, hall.coach, hall, task, "pin").await.data()["isPinned"], true);
    let abandoned = act(&app, hall.coach, hall, task, "abandon").await;
    assert_eq!(abandoned.data()["abandonReason"], "客人出差");
    for action in ["pin", "unpin", "abandon"] {
        let refused = act(&app, hall.coach, hall, task, action).await;
        assert_eq!(refused.refusal(), (409, 40901), "{action}");
        assert_eq!(refused.json["message"], "任务已不在进行中，请刷新后重试");
    }
    assert_eq!(act(&app, hall.manager, hall, task, "transfer").await.refusal(), (409, 40901));
    let back = act(&app, hall.coach, hall, task, "cancel-abandon").await;
    assert_eq!((&back.data()["status"], &back.data()["abandonReason"]), (&json!("active"), &Value::Null));
    assert_eq!(act(&app, hall.coach, hall, task, "restore").await.refusal(), (409, 40901));
    act(&app, hall.manager, hall, task, "abandon").await.data();
    assert_eq!(act(&app, hall.manager, hall, task, "restore").await.data()["status"], "active");
    assert_eq!(act(&app, hall.coach, hall, task, "unpin").await.data()["isPinned"], false);
    let expected =
        ["created", "pinned", "abandoned", "abandon_cancelled", "abandoned", "abandon_cancelled", "unpinned"];
    assert_eq!(history(&app, task).await, expected);
}

#[tokio::test]
async fn another_coachs_task_is_403_and_another_sites_does_not_exist() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let (task, elsewhere) = (world::task(&app, hall).await, world::task(&app, other).await);
    for action in ACTIONS {
        // Nobody but managers transfers at all.
        let expected = if action == "transfer" { 40302 } else { 40304 };
        assert_eq!(
            act(&app, hall.colleague, hall, task, action).await.refusal(),
            (403, expected),
            "{action}"
        );
        let finance = act(&app, hall.finance, hall, task, action).await;
        assert_eq!(finance.refusal(), (403, 40302), "{action}");
        for missing in [elsewhere, 999_999_999] {
            let refused = act(&app, hall.manager, hall, missing, action).await;
            assert_eq!(refused.refusal(), (404, 40402), "{action}");
        }
        for (bad, status) in
            [("0", 422), ("-1", 422), ("abc", 422), ("1e3", 422), ("9007199254740992", 422), ("%ff", 400)]
        {
            let path = format!("/api/xcx/tasks/{bad}/{action}");
            let body = json!({ "assistantId": COLLEAGUE, "reason": "x" });
            let reply = app
                .send(Method::POST, &app.token(hall.manager, hall.site), &path, |request| match action {
                    "abandon" => request.json(&json!({ "reason": "x" })),
                    "transfer" => request.json(&body),
                    _ => request,
                })
                .await;
            assert_eq!(reply.status, status, "{path}: {}", reply.text);
        }
    }
    for task in [task, elsewhere] {
        assert_eq!(history(&app, task).await, ["created"]);
    }
}

#[tokio::test]
async fn every_state_but_the_right_one_is_409() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    for status in ["inactive", "completed", "transferred"] {
        let task = Task::new(hall.site, COACH, MEMBER).in_status(status).insert(&app.dbs).await.unwrap();
        for action in ACTIONS {
            let reply = act(&app, hall.manager, hall, task, action).await;
            assert_eq!(reply.refusal(), (409, 40901), "{action} of {status}");
        }
        assert_eq!(history(&app, task).await, ["created"]);
    }
    let given_up = Task::new(hall.site, COACH, MEMBER).in_status("abandoned").insert(&app.dbs).await.unwrap();
    world::task(&app, hall).await;
    let twin = act(&app, hall.coach, hall, given_up, "cancel-abandon").await;
    assert_eq!(twin.refusal(), (409, 40901));
    assert_eq!(twin.json["message"], "这位会员已有同类的进行中任务，不能恢复");
}

#[tokio::test]
async fn bad_bodies_are_named_and_change_nothing() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = world::task(&app, hall).await;
    let token = app.token(hall.manager, hall.site);
    for (action, body, fields) in [
        ("abandon", json!({}), vec!["reason"]),
        ("abandon", json!({ "reason": null }), vec!["reason"]),
        ("abandon", json!({ "reason": " \n\u{3000}" }), vec!["reason"]),
        ("abandon", json!({ "reason": "字".repeat(501) }), vec!["reason"]),
        ("abandon", json!({ "reason": "a\u{0}b" }), vec!["reason"]),
        ("abandon", json!({ "reason": "x", "why": "y" }), vec!["why"]),
        ("transfer", json!({ "assistantId": 0, "reason": "" }), vec!["assistantId", "reason"]),
        ("transfer", json!({ "assistantId": COACH, "reason": "x" }), vec!["assistantId"]),
        ("transfer", json!({ "assistantId": 424_242, "reason": "x" }), vec!["assistantId"]),
        ("pin", json!({ "pinned": true }), vec!["pinned"]),
    ] {
        let reply = app.post(&token, &format!("/api/xcx/tasks/{task}/{action}"), &body).await;
        assert_eq!(
            (reply.refusal(), reply.fields()),
            ((422, 42201), fields),
            "{action} {body}: {}",
            reply.text
        );
    }
    assert_eq!(history(&app, task).await, ["created"]);
}

#[tokio::test]
async fn a_manager_hands_a_task_over_and_the_answer_names_its_successor() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = world::task(&app, hall).await;
    let reply = act(&app, hall.manager, hall, task, "transfer").await;
    let data = reply.data();
    assert_eq!(data["status"], "transferred");
    let successor = data["successorId"].as_i64().unwrap();
    let colleague = app.token(hall.colleague, hall.site);
    let theirs = app.get(&colleague, "/api/xcx/tasks").await;
    assert_eq!(theirs.data()["list"][0]["id"], successor);
    assert_eq!(theirs.data()["total"], 1);
    let mine = app.get(&app.token(hall.coach, hall.site), "/api/xcx/tasks").await;
    assert_eq!(mine.data()["total"], 0);
    // Whoever has it keeps it: the second hand-over of the same finds another state.
    assert_eq!(act(&app, hall.manager, hall, task, "transfer").await.refusal(), (409, 40901));
    let again = world::task(&app, hall).await;
    let has_one = act(&app, hall.manager, hall, again, "transfer").await;
    assert_eq!(has_one.refusal(), (409, 40901));
    assert_eq!(has_one.json["message"], "这位助教已有这位会员的同类任务");
}

#[tokio::test]
async fn nobody_who_resigned_is_handed_a_task() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (now, _) = world::now(&app.dbs).await;
    User::coach(hall.site, 13).insert(&app.dbs).await.unwrap();
    let gone = AssistantRow::new(hall.site, 13).resigned(now - chrono::Duration::days(1));
    gone.insert(app.dbs.etl_owner()).await.unwrap();
    let task = world::task(&app, hall).await;
    let body = json!({ "assistantId": 13, "reason": "换人" });
    let path = format!("/api/xcx/tasks/{task}/transfer");
    let reply = app.post(&app.token(hall.manager, hall.site), &path, &body).await;
    assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["assistantId"]));
    assert_eq!(history(&app, task).await, ["created"]);
}

#[tokio::test]
async fn without_the_warehouse_tasks_are_acted_on_and_only_a_transfer_waits() {
    let app = App::with(TestDbs::new().await.unwrap(), Sources::NoWarehouse, &[]).await;
    let hall = world::hall(&app).await;
    let task = world::task(&app, hall).await;
    let pinned = act(&app, hall.coach, hall, task, "pin").await;
    assert_eq!(pinned.data()["degraded"], json!(["memberName", "rsScore", "lastVisitDays", "balance"]));
    assert_eq!(act(&app, hall.manager, hall, task, "transfer").await.refusal(), (503, 50302));
    assert_eq!(history(&app, task).await, ["created", "pinned"]);
}

#[tokio::test]
async fn an_action_sent_twice_under_one_key_happens_once() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = world::task(&app, hall).await;
    let token = app.token(hall.coach, hall.site);
    let path = format!("/api/xcx/tasks/{task}/abandon");
    let body = json!({ "reason": "客人出差" });
    let send = || app.send(Method::POST, &token, &path, |r| r.header("Idempotency-Key", "k1").json(&body));
    let first = send().await;
    let second = send().await;
    assert_eq!(first.data()["status"], "abandoned");
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    assert_eq!(history(&app, task).await, ["created", "abandoned"]);
}
