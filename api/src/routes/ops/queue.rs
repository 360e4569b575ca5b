use chrono::{DateTime, Utc};
use serde::Serialize;
use store::{
    db::queue_state::{self, Rate, Site, Worker},
    scheduler::pulse::{self, Depth},
};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Ops, Params},
};

/// Sites that are listed at most.
const SITES: i64 = 100;

/// How the scheduler is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueOut {
    /// Sizes and ages, over every site.
    depth: QueueDepth,
    /// What the last 1, 5, 15 and 60 minutes have seen.
    rates: Vec<QueueRate>,
    /// The 100 sites whose oldest run has waited longest.
    sites: Vec<QueueSite>,
    /// Sites with anything that waits, runs or is dead.
    sites_total: i64,
    /// Worker processes that have shown a sign of life within a minute.
    workers: Vec<QueueWorker>,
}

/// Sizes and ages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueDepth {
    /// Runs that wait and may be claimed.
    eligible: i64,
    /// Runs that wait for their moment: debounce, or backoff after a failure.
    delayed: i64,
    /// Runs in progress.
    running: i64,
    /// Dead runs.
    dead: i64,
    /// How long the oldest eligible run has waited, seconds.
    oldest_seconds: f64,
    /// Events that wait to be dispatched.
    events_waiting: i64,
    /// How long the oldest of them has waited, seconds.
    events_oldest_seconds: f64,
    /// How late the most overdue slot of an enabled job is, seconds.
    overdue_seconds: f64,
}

/// What ended in a window.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueRate {
    /// Length of the window, ending now.
    minutes: i32,
    /// Runs that succeeded.
    succeeded: i64,
    /// Runs that were skipped.
    skipped: i64,
    /// Runs that died.
    dead: i64,
    /// Runs that were cancelled.
    cancelled: i64,
    /// Runs that ended, per minute.
    runs_per_minute: f64,
    /// Events dispatched, per minute.
    events_per_minute: f64,
}

/// A site's share.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueSite {
    /// Site; null = runs for all sites.
    site_id: Option<i64>,
    /// Its name.
    site_name: Option<String>,
    /// Runs that wait and may be claimed.
    eligible: i64,
    /// Runs that wait for their moment.
    delayed: i64,
    /// Runs in progress.
    running: i64,
    /// Dead runs.
    dead: i64,
    /// How long the oldest eligible run has waited, seconds.
    oldest_seconds: f64,
}

/// A worker process.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueWorker {
    /// Fresh at each start.
    name: String,
    /// When it started.
    started_at: DateTime<Utc>,
    /// Newest sign of life.
    seen_at: DateTime<Utc>,
    /// What it can run.
    job_types: Vec<String>,
    /// Runs that it has in progress.
    running: i64,
}

/// Depth, ages and rates of the queue, site by site, and the workers that live.
///
/// Round trips, whatever the number of rows: 7 to the business database
/// (BEGIN, caller, depth, rates, sites, workers, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/queue", operation_id = "showQueue", tag = "ops",
    responses((status = 200, body = Answer<QueueOut>, example = json!({
        "code": 0,
        "data": {
            "depth": {
                "eligible": 3, "delayed": 1, "running": 2, "dead": 1, "oldestSeconds": 0.4, "eventsWaiting": 0,
                "eventsOldestSeconds": 0.0, "overdueSeconds": 0.0
            },
            "rates": [{
                "minutes": 5, "succeeded": 12, "skipped": 0, "dead": 0, "cancelled": 0, "runsPerMinute": 2.4,
                "eventsPerMinute": 1.2
            }],
            "sites": [{
                "siteId": 1, "siteName": "朗朗桌球朝阳店", "eligible": 3, "delayed": 1, "running": 2, "dead": 1,
                "oldestSeconds": 0.4
            }],
            "sitesTotal": 1,
            "workers": [{
                "name": "worker-812-01KAMM2V7S9D8Q4E6G1X0ZB5RT", "startedAt": "2026-11-22T01:00:00Z",
                "seenAt": "2026-11-22T04:10:00Z", "jobTypes": ["queue_prune", "task_generator"], "running": 2
            }]
        },
        "message": "ok", "runtime": null
    })))
)]
pub async fn queue(
    Administering { mut tx, .. }: Administering<Ops>,
    _: Params<NoQuery>,
) -> Result<Answer<QueueOut>, ApiError> {
    let depth = pulse::depth(tx.connection()).await?;
    let rates = queue_state::rates(tx.connection()).await?;
    let (sites, sites_total) = queue_state::sites(tx.connection(), SITES).await?;
    let workers = queue_state::workers(tx.connection()).await?;
    tx.commit().await?;
    Ok(Answer::siteless(QueueOut {
        depth: depth.into(),
        rates: rates.into_iter().map(QueueRate::from).collect(),
        sites: sites.into_iter().map(QueueSite::from).collect(),
        sites_total,
        workers: workers.into_iter().map(QueueWorker::from).collect(),
    }))
}

impl From<Depth> for QueueDepth {
    fn from(depth: Depth) -> Self {
        Self {
            eligible: depth.eligible,
            delayed: depth.delayed,
            running: depth.running,
            dead: depth.dead,
            oldest_seconds: depth.oldest.as_secs_f64(),
            events_waiting: depth.events,
            events_oldest_seconds: depth.oldest_event.as_secs_f64(),
            overdue_seconds: depth.overdue.as_secs_f64(),
        }
    }
}

impl From<Rate> for QueueRate {
    fn from(rate: Rate) -> Self {
        let ended = rate.succeeded + rate.skipped + rate.dead + rate.cancelled;
        Self {
            minutes: rate.minutes,
            succeeded: rate.succeeded,
            skipped: rate.skipped,
            dead: rate.dead,
            cancelled: rate.cancelled,
            runs_per_minute: per_minute(ended, rate.minutes),
            events_per_minute: per_minute(rate.events, rate.minutes),
        }
    }
}

/// To two places.
#[expect(clippy::cast_precision_loss, reason = "no count of ours comes near 2^53")]
fn per_minute(count: i64, minutes: i32) -> f64 {
    (count as f64 / f64::from(minutes) * 100.0).round() / 100.0
}

impl From<Site> for QueueSite {
    fn from(site: Site) -> Self {
        Self {
            site_id: site.site_id,
            site_name: site.site_name,
            eligible: site.eligible,
            delayed: site.delayed,
            running: site.running,
            dead: site.dead,
            oldest_seconds: site.oldest_seconds,
        }
    }
}

impl From<Worker> for QueueWorker {
    fn from(worker: Worker) -> Self {
        Self {
            name: worker.name,
            started_at: worker.started_at,
            seen_at: worker.seen_at,
            job_types: worker.job_types,
            running: worker.running,
        }
    }
}
