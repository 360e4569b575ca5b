//! Task rules of a site: versions, edits, preview.
use chrono::Days;
use futures::future::join_all;
use reference::builders::{NewconvRow, RelationRow, WinbackRow};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{App, Reply},
    ask,
    world::{self, COACH, COLLEAGUE, MEMBER},
};

const RULES: &str = "/api/admin/task-rules";
const PREVIEW: &str = "/api/admin/task-rules/preview";

async fn put(app: &App, token: &str, body: &Value) -> Reply {
    app.send(Method::PUT, token, RULES, |request| request.json(body)).await
}

fn rules(high: f64, based_on: i64, from: chrono::NaiveDate) -> Value {
    json!({
        "highThreshold": high, "priorityThreshold": 5, "relationshipThreshold": 6, "abandonCooldownDays": 30,
        "effectiveFrom": from, "basedOnVersion": based_on
    })
}

#[tokio::test]
async fn versions_come_in_force_on_their_day_and_none_is_lost() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    let (_, today) = world::now(&app.dbs).await;
    let first = app.get(&token, RULES).await;
    let shown = first.data();
    assert_eq!((&shown["inForce"]["isDefault"], &shown["newestVersion"]), (&json!(true), &json!(0)));
    assert_eq!(shown["inForce"]["highThreshold"].to_string(), "7.00");

    let next_week = put(&app, &token, &rules(8.5, 0, today + Days::new(7))).await;
    let shown = next_week.data();
    assert_eq!(shown["inForce"]["isDefault"], true);
    assert_eq!(shown["upcoming"][0]["version"], 1);
    // A newer version that counts earlier overtakes the one of next week.
    let now = put(&app, &token, &rules(9.0, 1, today)).await;
    let shown = now.data();
    assert_eq!((&shown["inForce"]["version"], &shown["newestVersion"]), (&json!(2), &json!(2)));
    assert_eq!(shown["upcoming"], json!([]));
    let history: Vec<(i64, bool)> = shown["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["version"].as_i64().unwrap(), v["isDefault"].as_bool().unwrap()))
        .collect();
    assert_eq!(history, [(1, false), (1, true)]);
    assert!(shown["inForce"]["authorName"].is_string());
    // The colleague hall keeps the default.
    let other = world::hall(&app).await;
    let theirs = app.get(&app.token(other.manager, other.site), RULES).await;
    assert_eq!(theirs.data()["inForce"]["isDefault"], true);
}

#[tokio::test]
async fn of_two_edits_on_one_version_one_wins() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    let (_, today) = world::now(&app.dbs).await;
    let edits: Vec<Value> = (0..4).map(|n| rules(7.5 + f64::from(n) / 10.0, 0, today)).collect();
    let replies = join_all(edits.iter().map(|edit| put(&app, &token, edit))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    let written: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.audit_log WHERE action = 'task_rules.changed'")
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(written, 1);
}

#[tokio::test]
async fn every_wrong_value_is_named() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    let (_, today) = world::now(&app.dbs).await;
    let yesterday = today - Days::new(1);
    let all = json!({
        "highThreshold": 10.01, "priorityThreshold": 5.123, "relationshipThreshold": -1, "abandonCooldownDays": 3651,
        "effectiveFrom": yesterday, "basedOnVersion": -1
    });
    let reply = put(&app, &token, &all).await;
    assert_eq!(
        reply.fields(),
        [
            "abandonCooldownDays",
            "basedOnVersion",
            "effectiveFrom",
            "highThreshold",
            "priorityThreshold",
            "relationshipThreshold"
        ]
    );
    assert_eq!(put(&app, &token, &rules(5.0, 0, today)).await.fields(), ["priorityThreshold"]);
    assert_eq!(put(&app, &token, &rules(7.0, 0, today + Days::new(800))).await.fields(), ["effectiveFrom"]);
    let preview = app.post(&token, PREVIEW, &json!({
        "highThreshold": 5, "priorityThreshold": 5, "relationshipThreshold": 11, "abandonCooldownDays": 0
    })).await;
    assert_eq!(preview.fields(), ["priorityThreshold", "relationshipThreshold"]);
}

#[tokio::test]
async fn a_preview_tells_coach_by_coach_and_writes_nothing() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let etl = app.dbs.etl_owner();
    for (coach, member, wbi) in
        [(COACH, MEMBER + 1000, "9.00"), (COACH, MEMBER + 1001, "6.00"), (COLLEAGUE, MEMBER + 1002, "2.00")]
    {
        RelationRow::new(hall.site, today, coach, member).rs("9.00").insert(etl).await.unwrap();
        WinbackRow::new(hall.site, today, member).wbi(wbi).insert(etl).await.unwrap();
    }
    NewconvRow::new(hall.site, today, MEMBER + 1002).nci("0.50").insert(etl).await.unwrap();
    ask::furnish(&app, hall).await;
    let before = ask::rows_of_site(&app, hall.site).await;
    let token = app.token(hall.manager, hall.site);
    let with = |high: f64, priority: f64| {
        json!({
            "highThreshold": high, "priorityThreshold": priority, "relationshipThreshold": 0, "abandonCooldownDays": 0
        })
    };
    let strict = app.post(&token, PREVIEW, &with(8.0, 7.0)).await;
    let data = strict.data();
    assert_eq!((&data["stale"], &data["statDate"]), (&Value::Null, &json!(today)));
    assert_eq!(data["total"]["created"], 1, "{}", strict.text);
    let coach = data["coaches"].as_array().unwrap().iter().find(|c| c["assistantId"] == COACH).unwrap();
    assert!(coach["name"].is_string());
    assert_eq!(coach["figures"]["createdHighPriorityRecall"], 1);
    let lenient = app.post(&token, PREVIEW, &with(8.0, 5.0)).await;
    assert_eq!(lenient.data()["total"]["createdPriorityRecall"], 1);
    assert_eq!(ask::rows_of_site(&app, hall.site).await, before);
}

#[tokio::test]
async fn without_a_fresh_snapshot_a_preview_says_so() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    let body = json!({ "highThreshold": 8, "priorityThreshold": 7, "relationshipThreshold": 0, "abandonCooldownDays": 0 });
    let reply = app.post(&token, PREVIEW, &body).await;
    let data = reply.data();
    assert!(data["stale"].as_str().is_some_and(|words| words.contains("快照")), "{}", reply.text);
    assert_eq!((&data["coaches"], &data["statDate"]), (&json!([]), &Value::Null));
}
