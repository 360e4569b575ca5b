//! Runs in an operator's hands.
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{App, Reply},
    ops_jobs::{operator, told},
    world,
};

const RUNS: &str = "/api/ops/runs";

async fn run(app: &App, site: Option<i64>, state: &str) -> i64 {
    sqlx::query_scalar(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger, state, attempt, epoch, claim, started_at, finished_at,
             lease_until, not_before, error, worker, event_count)
         SELECT id, $1, 'event', $2, 3, 3, 1, now(),
                CASE WHEN $2 IN ('dead', 'succeeded', 'cancelled', 'skipped') THEN now() END,
                CASE WHEN $2 = 'running' THEN now() + interval '1 minute' END,
                now() + CASE WHEN $2 = 'failed' THEN interval '1 hour' ELSE interval '0' END,
                'boom', 'worker-1', 1
         FROM biz.trigger_jobs WHERE job_name = 'recall_completion_check' RETURNING id",
    )
    .bind(site)
    .bind(state)
    .fetch_one(app.dbs.owner())
    .await
    .unwrap()
}

/// An event that the run answers.
async fn joined(app: &App, run: i64, site: i64) -> i64 {
    sqlx::query_scalar(
        "WITH event AS (
             INSERT INTO biz.trigger_events (event_name, site_id, payload, dispatched_at)
             VALUES ('etl_data_updated', $2, '{\"batch\": \"b1\"}', now()) RETURNING id)
         INSERT INTO biz.trigger_run_events (run_id, event_id) SELECT $1, id FROM event RETURNING event_id",
    )
    .bind(run)
    .bind(site)
    .fetch_one(app.dbs.owner())
    .await
    .unwrap()
}

async fn act(app: &App, token: &str, run: i64, verb: &str) -> Reply {
    app.send(Method::POST, token, &format!("{RUNS}/{run}/{verb}"), |request| request).await
}

#[tokio::test]
async fn runs_are_found_by_job_site_state_and_day_newest_first() {
    let app = App::new().await;
    let token = operator(&app).await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let dead = run(&app, Some(one.site), "dead").await;
    let waits = run(&app, Some(other.site), "failed").await;
    let good = run(&app, Some(one.site), "succeeded").await;
    sqlx::query("UPDATE biz.trigger_runs SET created_at = '2026-02-03 20:00Z' WHERE id = $1")
        .bind(dead)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let found = async |query: &str| -> Vec<i64> {
        let page = app.get(&token, &format!("{RUNS}{query}")).await;
        let list = page.data()["list"].as_array().unwrap().clone();
        assert_eq!(page.data()["total"], list.len(), "{query}");
        list.iter().map(|run| run["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(found("").await, [good, waits, dead]);
    assert_eq!(found(&format!("?siteId={}", one.site)).await, [good, dead]);
    assert_eq!(found("?state=failed").await, [waits]);
    assert_eq!(found(&format!("?state=dead&siteId={}", other.site)).await, [0i64; 0]);
    // 04:00 in Shanghai is the next day.
    assert_eq!(found("?from=2026-02-04&to=2026-02-04").await, [dead]);
    assert_eq!(found("?to=2026-02-03").await, [0i64; 0]);
    let job: i64 = sqlx::query_scalar("SELECT id FROM biz.trigger_jobs WHERE job_name = 'recall_sweep'")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(found(&format!("?jobId={job}")).await, [0i64; 0]);
    let second = app.get(&token, &format!("{RUNS}?pageSize=2&page=2")).await;
    assert_eq!((&second.data()["list"][0]["id"], &second.data()["hasMore"]), (&json!(dead), &json!(false)));
    let bad = app.get(&token, &format!("{RUNS}?state=done&jobId=x&from=2026-13-01&siteId=0")).await;
    assert_eq!(bad.fields(), ["from", "jobId", "siteId", "state"]);
}

#[tokio::test]
async fn a_run_is_shown_with_its_error_attempts_and_events() {
    let app = App::new().await;
    let token = operator(&app).await;
    let hall = world::hall(&app).await;
    let dead = run(&app, Some(hall.site), "dead").await;
    let event = joined(&app, dead, hall.site).await;
    let reply = app.get(&token, &format!("{RUNS}/{dead}")).await;
    let shown = &reply.data()["run"];
    for (field, value) in [
        ("state", json!("dead")),
        ("error", json!("boom")),
        ("attempt", json!(3)),
        ("maxAttempts", json!(5)),
        ("worker", json!("worker-1")),
        ("siteName", json!(format!("测试店 {}", hall.site))),
        ("jobName", json!("recall_completion_check")),
        ("stats", Value::Null),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    let events = &reply.data()["events"];
    assert_eq!((&events[0]["id"], &events[0]["payload"]), (&json!(event), &json!({ "batch": "b1" })));
    assert_eq!(app.get(&token, &format!("{RUNS}/999999")).await.refusal(), (404, 40402));
}

#[tokio::test]
async fn a_dead_run_gets_its_attempts_back_and_a_failed_one_its_next_at_once() {
    let app = App::new().await;
    let token = operator(&app).await;
    let hall = world::hall(&app).await;
    let (dead, failed) =
        (run(&app, Some(hall.site), "dead").await, run(&app, Some(hall.site), "failed").await);
    for (id, attempt) in [(dead, 0), (failed, 3)] {
        let reply = act(&app, &token, id, "retry").await;
        let now = &reply.data()["run"];
        assert_eq!((&now["state"], &now["attempt"]), (&json!("queued"), &json!(attempt)), "{}", reply.text);
        assert!(now["finishedAt"].is_null());
        assert_eq!(act(&app, &token, id, "retry").await.refusal(), (409, 40901), "it waits already");
    }
    let eligible: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.trigger_runs WHERE not_before <= now()")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(eligible, 2);
    for state in ["succeeded", "running", "cancelled", "skipped"] {
        let id = run(&app, None, state).await;
        assert_eq!(act(&app, &token, id, "retry").await.refusal(), (409, 40901), "{state}");
    }
    let lines = told(&app).await;
    let before: Vec<_> = lines.iter().map(|(action, detail)| (action.as_str(), &detail["before"])).collect();
    assert_eq!(before, [("run.retried", &json!("dead")), ("run.retried", &json!("failed"))]);
    assert_eq!(act(&app, &token, 999_999, "retry").await.refusal(), (404, 40402));
}

#[tokio::test]
async fn cancelling_ends_what_waits_with_its_events_and_asks_what_runs() {
    let app = App::new().await;
    let token = operator(&app).await;
    let hall = world::hall(&app).await;
    let waits = run(&app, Some(hall.site), "queued").await;
    let event = joined(&app, waits, hall.site).await;
    let reply = act(&app, &token, waits, "cancel").await;
    let ended = &reply.data()["run"];
    assert_eq!(
        (&ended["state"], &ended["stats"]["dropped_events"]),
        (&json!("cancelled"), &json!([event])),
        "{}",
        reply.text
    );
    assert_eq!(act(&app, &token, waits, "cancel").await.refusal(), (409, 40901));
    let runs = run(&app, Some(hall.site), "running").await;
    for _ in 0..2 {
        let reply = act(&app, &token, runs, "cancel").await;
        let asked = &reply.data()["run"];
        assert_eq!(asked["state"], "running");
        assert!(asked["cancelRequestedAt"].is_string());
    }
    let actions: Vec<_> = told(&app).await;
    assert_eq!(actions.len(), 2, "asked once is told once: {actions:?}");
}

#[tokio::test]
async fn of_several_who_retry_or_cancel_a_run_at_once_each_hears_what_became_of_it() {
    let app = App::new().await;
    let token = operator(&app).await;
    let hall = world::hall(&app).await;
    let dead = run(&app, Some(hall.site), "dead").await;
    let replies = join_all((0..4).map(|_| act(&app, &token, dead, "retry"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    let both = join_all(["cancel", "cancel", "retry"].map(|verb| act(&app, &token, dead, verb))).await;
    assert_eq!(both.iter().filter(|reply| reply.status == 200).count(), 1, "the first cancel alone");
    assert!(both.iter().all(|reply| reply.status == 200 || reply.refusal() == (409, 40901)));
    let state: String = sqlx::query_scalar("SELECT state FROM biz.trigger_runs WHERE id = $1")
        .bind(dead)
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!((state.as_str(), told(&app).await.len()), ("cancelled", 2));
}
