//! What handlers do wrong, and what becomes of their runs.
use std::time::Duration;

use anyhow::anyhow;
use domain::schedule::{Coalesce, Scope};
use serde::Deserialize;
use serde_json::json;
use worker::{JobContext, JobError, Outcome, Registry};

use crate::fixture::{Fixture, eventually};

async fn fails_once(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    match cx.run.attempt {
        1 => Err(JobError::Retry(anyhow!("not yet"))),
        _ => Outcome::succeeded(json!({ "attempt": cx.run.attempt })),
    }
}

async fn refuses(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Err(JobError::fail(anyhow!("never")))
}

async fn panics(_: JobContext<'_>) -> Result<Outcome, JobError> {
    panic!("the handler's own words")
}

async fn hangs(_: JobContext<'_>) -> Result<Outcome, JobError> {
    std::future::pending().await
}

async fn skips(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Ok(Outcome::Skipped { reason: "no fresh snapshot".into(), stats: json!({ "stat_date": null }) })
}

async fn reads(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    #[derive(Deserialize)]
    struct Payload {
        task_id: i64,
    }
    for event in cx.events().await? {
        let payload: Payload = event.parse()?;
        assert!(payload.task_id > 0);
    }
    Outcome::succeeded(())
}

/// PostgreSQL's jsonb holds no NUL.
async fn reports_a_nul(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Outcome::succeeded(json!({ "text": "\0" }))
}

/// Succeeds at site 1, fails at site 2.
async fn half(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    match cx.run.site_id.map(|s| s.0) {
        Some(2) => Err(JobError::fail(anyhow!("only here"))),
        _ => Outcome::succeeded(()),
    }
}

fn registry() -> Registry {
    use Coalesce::{None, Site};
    use Scope::Global;
    Registry::default()
        .register_job("fails_once", Global, Site, |cx| Box::pin(fails_once(cx)))
        .register_job("refuses", Global, None, |cx| Box::pin(refuses(cx)))
        .register_job("panics", Global, Site, |cx| Box::pin(panics(cx)))
        .register_job("hangs", Global, Site, |cx| Box::pin(hangs(cx)))
        .register_job("reports_a_nul", Global, Site, |cx| Box::pin(reports_a_nul(cx)))
        .register_job("skips", Global, Site, |cx| Box::pin(skips(cx)))
        .register_job("reads", Global, None, |cx| Box::pin(reads(cx)))
        .register_job("half", Scope::Site, Site, |cx| Box::pin(half(cx)))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_ends_as_it_should_and_stops_nothing_else() {
    let f = Fixture::new().await;
    for (name, config) in [
        ("fails_once", json!({ "event_name": "e", "backoff_seconds": 1 })),
        ("refuses", json!({ "event_name": "e" })),
        ("panics", json!({ "event_name": "e", "max_attempts": 2, "backoff_seconds": 1 })),
        ("hangs", json!({ "event_name": "e", "max_attempts": 1, "timeout_seconds": 1 })),
        ("skips", json!({ "event_name": "e" })),
        ("reports_a_nul", json!({ "event_name": "e" })),
        ("unknown", json!({ "event_name": "e" })),
    ] {
        f.job(name, name, "event", config).await;
    }
    f.event("e", None, json!({})).await;
    let w = f.start(registry()).await;
    eventually("all have ended", async || {
        f.count("SELECT count(*) FROM biz.trigger_runs WHERE finished_at IS NOT NULL").await == 7
    })
    .await;
    w.stop().await;
    for (name, state, attempts, error) in [
        ("fails_once", "succeeded", 2, None),
        ("refuses", "dead", 1, Some("never")),
        ("panics", "dead", 2, Some("panicked: the handler's own words (attempt 2 of 2)")),
        ("hangs", "dead", 1, Some("timed out after 1 s (attempt 1 of 1)")),
        ("skips", "skipped", 1, Some("no fresh snapshot")),
        ("unknown", "dead", 1, Some("unknown job type \"unknown\"")),
    ] {
        let run = f.runs(name).await.remove(0);
        assert_eq!(
            (run.state.as_str(), run.attempt, run.error.as_deref()),
            (state, attempts, error),
            "{name}"
        );
        let last = f.last_error(name).await;
        assert_eq!(last.is_some(), state == "dead", "{name}: {last:?}");
    }
    let unwritable = f.runs("reports_a_nul").await.remove(0);
    assert_eq!(unwritable.state, "dead");
    assert!(unwritable.error.unwrap().starts_with("its end could not be written"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_cannot_be_read_is_dead_at_once_and_named() {
    let f = Fixture::new().await;
    f.job("reads", "reads", "event", json!({ "event_name": "e" })).await;
    for payload in [json!({ "task_id": "seven" }), json!([]), json!({ "task_id": 7 })] {
        f.event("e", None, payload).await;
    }
    let w = f.start(registry()).await;
    eventually("all have ended", async || {
        f.count("SELECT count(*) FROM biz.trigger_runs WHERE finished_at IS NOT NULL").await == 3
    })
    .await;
    w.stop().await;
    let runs = f.runs("reads").await;
    let mut ends: Vec<_> = runs.iter().map(|r| (r.state.as_str(), r.attempt)).collect();
    ends.sort_unstable();
    assert_eq!(ends, [("dead", 1), ("dead", 1), ("succeeded", 1)]);
    assert!(
        runs.iter().any(|r| r.error.as_ref().is_some_and(|e| e.contains("payload of event"))),
        "{runs:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_keeps_dying_is_disabled_and_says_so() {
    let f = Fixture::new().await;
    f.job("refuses", "refuses", "event", json!({ "event_name": "e", "pause_after": 2 })).await;
    let w = f.start(registry()).await;
    f.event("e", None, json!({})).await;
    eventually("one is dead", async || f.states("refuses").await == ["dead"]).await;
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_jobs WHERE status = 'enabled'").await, 1);
    f.event("e", None, json!({})).await;
    eventually("it is disabled", async || {
        f.count("SELECT count(*) FROM biz.trigger_jobs WHERE status = 'enabled'").await == 0
    })
    .await;
    w.stop().await;
    let error = f.last_error("refuses").await.unwrap();
    assert_eq!(error, "disabled after 2 dead runs in a row; the last: all sites: never");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_at_one_site_is_not_cleared_by_another() {
    let f = Fixture::new().await;
    f.job("half", "half", "interval", json!({ "interval_seconds": 1 })).await;
    let w = f.start(registry()).await;
    eventually("several rounds", async || {
        f.count("SELECT count(*) FROM biz.trigger_runs WHERE state = 'succeeded'").await >= 3
            && f.count("SELECT count(*) FROM biz.trigger_runs WHERE state = 'dead'").await >= 2
    })
    .await;
    w.stop().await;
    assert_eq!(f.last_error("half").await.as_deref(), Some("site 2: only here"));
    assert_eq!(
        f.count("SELECT count(*) FROM biz.trigger_jobs WHERE last_run_at > now() - interval '1 minute'")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_worker_stops_within_a_second_and_a_busy_one_gives_its_run_back() {
    let f = Fixture::new().await;
    let idle = f.start(registry()).await;
    eventually("it has registered", async || f.count("SELECT count(*) FROM apalis.workers").await == 1).await;
    let took = idle.stop().await;
    assert!(took < Duration::from_secs(1), "{took:?}");

    f.job("hangs", "hangs", "event", json!({ "event_name": "e" })).await;
    f.event("e", None, json!({})).await;
    let busy = f.start(registry()).await;
    eventually("it runs", async || f.states("hangs").await == ["running"]).await;
    let took = busy.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    let run = f.runs("hangs").await.remove(0);
    assert_eq!((run.state.as_str(), run.attempt, run.epoch), ("queued", 0, 1), "the attempt is refunded");
}
