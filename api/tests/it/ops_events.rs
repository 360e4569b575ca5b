//! The inbox in an operator's hands.
use serde_json::{Value, json};

use crate::{
    app::App,
    ops_jobs::{operator, told},
    world,
};

const EVENTS: &str = "/api/ops/events";

fn event(name: &str, site: Option<i64>) -> Value {
    json!({ "eventName": name, "siteId": site, "payload": { "batch": "手工" }, "dedupKey": null })
}

#[tokio::test]
async fn an_event_is_fired_for_a_site_or_for_all_and_says_who_will_hear_it() {
    let app = App::new().await;
    let token = operator(&app).await;
    let hall = world::hall(&app).await;
    let reply = app.post(&token, EVENTS, &event("etl_data_updated", Some(hall.site))).await;
    let fired = reply.data();
    assert_eq!(fired["heardBy"], json!(["recall_completion_check", "task_generator_refresh"]));
    assert_eq!(
        (&fired["event"]["state"], &fired["event"]["payload"], &fired["event"]["runs"]),
        (&json!("waiting"), &json!({ "batch": "手工" }), &json!([]))
    );
    let all = app.post(&token, EVENTS, &json!({ "eventName": "nobody_listens", "siteId": null })).await;
    assert_eq!((&all.data()["heardBy"], &all.data()["event"]["payload"]), (&json!([]), &json!({})));
    let lines = told(&app).await;
    assert_eq!(
        (lines.len(), lines[0].0.as_str(), &lines[0].1["event"]),
        (2, "event.fired", &json!("etl_data_updated"))
    );
    let at: Option<i64> = sqlx::query_scalar("SELECT site_id FROM biz.audit_log ORDER BY id LIMIT 1")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(at, Some(hall.site));
}

#[tokio::test]
async fn a_key_is_taken_once_per_name_and_site() {
    let app = App::new().await;
    let token = operator(&app).await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let fire = async |name: &str, site: Option<i64>| {
        let mut body = event(name, site);
        body["dedupKey"] = json!("第 7 批");
        app.post(&token, EVENTS, &body).await
    };
    for (name, site) in [("a", Some(one.site)), ("a", Some(other.site)), ("a", None), ("b", None)] {
        assert_eq!(fire(name, site).await.status, 200);
        assert_eq!(fire(name, site).await.refusal(), (409, 40901), "{name} {site:?}");
    }
    let (first, second) = tokio::join!(fire("c", None), fire("c", None));
    assert_eq!(first.status.as_u16() + second.status.as_u16(), 200 + 409);
    assert_eq!(told(&app).await.len(), 5);
}

#[tokio::test]
async fn what_is_no_event_is_refused_with_every_field_named() {
    let app = App::new().await;
    let token = operator(&app).await;
    for (body, fields) in [
        (json!({ "eventName": " a", "siteId": -1, "dedupKey": "" }), vec!["dedupKey", "eventName", "siteId"]),
        (json!({ "eventName": "a", "siteId": 999_999 }), vec!["siteId"]),
        (json!({ "eventName": "a" }), vec!["siteId"]),
        (json!({ "eventName": "a", "siteId": null, "payload": [1] }), vec!["payload"]),
        (json!({ "eventName": "a", "siteId": null, "payload": null }), vec!["payload"]),
        (json!({ "eventName": "a", "siteId": null, "payload": { "x\u{0}": 1 } }), vec!["payload"]),
        (json!({ "eventName": "a", "siteId": null, "payload": { "x": ["\u{0}"] } }), vec!["payload.x.0"]),
        (json!({ "eventName": "字".repeat(101), "siteId": null }), vec!["eventName"]),
    ] {
        let refused = app.post(&token, EVENTS, &body).await;
        assert_eq!((refused.refusal(), refused.fields()), ((422, 42201), fields), "{body}: {}", refused.text);
    }
    for number in ["1e400", "1e-99999", "1e999999999999", &"9".repeat(60)] {
        let body = format!(r#"{{"eventName":"a","siteId":null,"payload":{{"n":{number}}}}}"#);
        let refused = app
            .send(reqwest::Method::POST, &token, EVENTS, |request| {
                request.header("content-type", "application/json").body(body)
            })
            .await;
        assert_eq!((refused.refusal(), refused.fields()), ((422, 42201), vec!["payload"]), "{number}");
    }
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.trigger_events")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(kept, 0);
    // What a number may be comes back to the digit.
    let body =
        r#"{"eventName":"a","siteId":null,"payload":{"n":12345678901234567890.125,"m":{"x":[true,null]}}}"#;
    let fired = app
        .send(reqwest::Method::POST, &token, EVENTS, |request| {
            request.header("content-type", "application/json").body(body)
        })
        .await;
    assert_eq!(
        fired.data()["event"]["payload"]["n"].to_string(),
        "12345678901234567890.125",
        "{}",
        fired.text
    );
}

#[tokio::test]
async fn events_are_found_by_name_site_and_what_became_of_them() {
    let app = App::new().await;
    let token = operator(&app).await;
    let hall = world::hall(&app).await;
    let ids: Vec<i64> = sqlx::query_scalar(
        "INSERT INTO biz.trigger_events (event_name, site_id, dispatched_at, error) VALUES
             ('etl_data_updated', $1, NULL, NULL), ('etl_data_updated', NULL, now(), NULL), ('x', 999, now(), 'site 999 is unknown')
         RETURNING id",
    )
    .bind(hall.site)
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    let run: i64 = sqlx::query_scalar(
        "WITH run AS (
             INSERT INTO biz.trigger_runs (job_id, site_id, trigger, event_count)
             SELECT id, $1, 'event', 1 FROM biz.trigger_jobs WHERE job_name = 'recall_completion_check' RETURNING id)
         INSERT INTO biz.trigger_run_events (run_id, event_id) SELECT id, $2 FROM run RETURNING run_id",
    )
    .bind(hall.site)
    .bind(ids[1])
    .fetch_one(app.dbs.owner())
    .await
    .unwrap();
    let found = async |query: &str| -> Vec<i64> {
        let page = app.get(&token, &format!("{EVENTS}{query}")).await;
        page.data()["list"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(found("").await, [ids[2], ids[1], ids[0]]);
    assert_eq!(found("?state=waiting").await, [ids[0]]);
    assert_eq!(found("?state=dispatched").await, [ids[1]]);
    assert_eq!(found("?state=refused").await, [ids[2]]);
    assert_eq!(found(&format!("?siteId={}&eventName=etl_data_updated", hall.site)).await, [ids[0]]);
    assert_eq!(found("?to=2020-01-01").await, [0i64; 0]);
    let page = app.get(&token, &format!("{EVENTS}?state=dispatched")).await;
    assert_eq!(
        page.data()["list"][0]["runs"],
        json!([{ "runId": run, "jobName": "recall_completion_check", "siteId": hall.site, "state": "queued" }])
    );
    let bad = app.get(&token, &format!("{EVENTS}?state=done&eventName=&from=x")).await;
    assert_eq!(bad.fields(), ["eventName", "from", "state"]);
}
