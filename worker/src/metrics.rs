//! Everything this process counts; `/metrics` is answered on `worker.metrics_listen`.
use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use anyhow::Context as _;
use axum::{Router, routing::get};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use store::{
    connect::PgPool,
    scheduler::{Run, dispatch::Dispatched, pulse::Depth},
};
use tokio::net::TcpListener;

use crate::process::Shared;

/// Bounds of waits, seconds.
const WAITS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 60.0, 600.0];
/// Bounds of durations, seconds.
const TIMES: [f64; 10] = [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0];

/// Installs the recorder at the first call.
pub(crate) fn recorder() -> anyhow::Result<&'static PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("run_pickup_seconds".into()), &WAITS)?
        .set_buckets_for_metric(Matcher::Full("slot_lateness_seconds".into()), &WAITS)?
        .set_buckets_for_metric(Matcher::Full("run_seconds".into()), &TIMES)?
        .set_buckets_for_metric(Matcher::Full("ai_call_seconds".into()), &TIMES)?
        .install_recorder()?;
    describe_counter!(
        "runs_total",
        "Attempts ended, by job and the state the run is in then; lost = taken over."
    );
    describe_histogram!("run_seconds", "Time of an attempt, by job.");
    describe_histogram!("run_pickup_seconds", "From a run being eligible to its claim, by job.");
    describe_histogram!("slot_lateness_seconds", "From a slot to its dispatch.");
    describe_counter!("events_dispatched_total", "Events taken from the inbox.");
    describe_counter!("events_unheard_total", "Of these, those that no job listens to.");
    describe_counter!("slots_skipped_total", "Slots missed while nothing dispatched.");
    describe_counter!(
        "alerts_total",
        "What someone should look at, by kind; each has an error line in the log."
    );
    describe_gauge!("queue_runs", "Runs by state: eligible, delayed, running, dead.");
    describe_gauge!("queue_oldest_seconds", "How long the oldest eligible run has waited.");
    describe_gauge!("events_pending", "Events not dispatched.");
    describe_gauge!("events_oldest_seconds", "How long the oldest of them has waited.");
    describe_gauge!("slots_overdue_seconds", "How late the most overdue slot of an enabled job is.");
    describe_counter!("ai_calls_total", "Calls of the AI, by application and outcome.");
    describe_histogram!("ai_call_seconds", "Time of a call, tries and waits between them included.");
    describe_gauge!("worker_runs", "Runs that this process has in progress.");
    describe_gauge!("worker_slots", "Runs that it may have at once.");
    describe_gauge!("db_pool_connections", "Connections by database and state.");
    Ok(HANDLE.get_or_init(|| handle))
}

/// Binds, so that a used port is an error at start; then answers until the process ends.
pub(crate) async fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    let handle = recorder()?;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!(
            "worker.metrics_listen = {listen}: cannot listen there; several workers on a host need one each"
        )
    })?;
    let router = Router::new().route("/metrics", get(move || async move { handle.render() }));
    tokio::spawn(async move {
        let mut upkeep = tokio::time::interval(Duration::from_secs(10));
        loop {
            upkeep.tick().await;
            handle.run_upkeep();
        }
    });
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the metrics listener ended");
        }
    });
    Ok(())
}

/// Counts what an error line with the same `alert` tells.
pub(crate) fn alert(kind: &'static str) {
    counter!("alerts_total", "kind" => kind).increment(1);
}

/// A job that `pause_after` has disabled.
pub(crate) fn paused(job_id: i64) {
    alert("job_paused");
    tracing::error!(alert = "job_paused", job_id, "disabled after too many dead runs in a row");
}

pub(crate) fn started(run: &Run) {
    let waited = (run.claimed_at - run.not_before).to_std().unwrap_or_default();
    histogram!("run_pickup_seconds", "job" => run.job_name.clone()).record(waited.as_secs_f64());
}

pub(crate) fn ended(run: &Run, state: &str, took: Duration) {
    counter!("runs_total", "job" => run.job_name.clone(), "state" => state.to_owned()).increment(1);
    histogram!("run_seconds", "job" => run.job_name.clone()).record(took.as_secs_f64());
}

pub(crate) fn lost(run: &Run) {
    counter!("runs_total", "job" => run.job_name.clone(), "state" => "lost").increment(1);
}

pub(crate) fn dispatched(done: &Dispatched) {
    let events = if done.lateness.is_empty() { done.taken } else { 0 };
    counter!("events_dispatched_total").increment(count(events));
    counter!("events_unheard_total").increment(count(done.unheard));
    counter!("slots_skipped_total").increment(done.skipped);
    for seconds in &done.lateness {
        histogram!("slot_lateness_seconds").record(seconds.max(0.0));
    }
}

pub(crate) fn depth(depth: &Depth) {
    for (state, runs) in [
        ("eligible", depth.eligible),
        ("delayed", depth.delayed),
        ("running", depth.running),
        ("dead", depth.dead),
    ] {
        gauge!("queue_runs", "state" => state).set(figure(runs));
    }
    gauge!("queue_oldest_seconds").set(depth.oldest.as_secs_f64());
    gauge!("events_pending").set(figure(depth.events));
    gauge!("events_oldest_seconds").set(depth.oldest_event.as_secs_f64());
    gauge!("slots_overdue_seconds").set(depth.overdue.as_secs_f64());
}

pub(crate) fn process(shared: &Shared) {
    gauge!("worker_runs").set(figure(i64::try_from(shared.in_flight.len()).unwrap_or(i64::MAX)));
    gauge!("worker_slots")
        .set(figure(i64::try_from(shared.app.config.worker.concurrency).unwrap_or(i64::MAX)));
    pool("biz", &shared.app.biz);
    if let Some(warehouse) = &shared.app.warehouse {
        pool("etl", warehouse.pool());
    }
}

fn pool(database: &'static str, pool: &PgPool) {
    let idle = i64::try_from(pool.num_idle()).unwrap_or(i64::MAX);
    gauge!("db_pool_connections", "database" => database, "state" => "idle").set(figure(idle));
    gauge!("db_pool_connections", "database" => database, "state" => "used")
        .set(figure(i64::from(pool.size()) - idle));
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Gauges are floats; no count of ours comes near 2^53.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn figure(n: i64) -> f64 {
    n as f64
}
