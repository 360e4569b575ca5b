use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::{
    AdminTx,
    db::run_list::{self, Event, Run},
};
use utoipa::ToSchema;

use crate::error::ApiError;

/// A run of a job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunOut {
    /// Run.
    id: i64,
    /// Its job.
    job_id: i64,
    /// The job's name.
    job_name: String,
    /// Site; null = a run for all sites, or the record of skipped slots.
    site_id: Option<i64>,
    /// Its name.
    site_name: Option<String>,
    /// cron, interval, event or manual.
    trigger: String,
    /// queued, running, failed (waits for its next attempt), succeeded, dead, cancelled or skipped.
    state: String,
    /// Slot of a cron or interval run.
    scheduled_for: Option<DateTime<Utc>>,
    /// Not claimed earlier.
    not_before: DateTime<Utc>,
    /// Attempts begun.
    attempt: i32,
    /// Attempts there may be.
    max_attempts: i32,
    /// Raised by every claim.
    epoch: i32,
    /// Process of the newest attempt.
    worker: Option<String>,
    /// Events that it answers.
    event_count: i32,
    /// While running: until then it belongs to its worker.
    lease_until: Option<DateTime<Utc>>,
    /// When somebody asked it to stop.
    cancel_requested_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Begin of the first attempt.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
    /// Newest failure, or why it was skipped.
    error: Option<String>,
    /// The handler's report; of a cancelled run the events it dropped, of skipped slots their count, first and last.
    #[schema(value_type = Option<Object>)]
    stats: Option<Value>,
}

/// A run, and the events that it answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDetail {
    /// The run.
    run: RunOut,
    /// The newest 100 of its events; they are removed before it is.
    events: Vec<RunEventOut>,
}

/// An event that a run answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunEventOut {
    /// Event.
    id: i64,
    /// Its name.
    event_name: String,
    /// Site; null = all active sites.
    site_id: Option<i64>,
    /// For the handler.
    #[schema(value_type = Object)]
    payload: Value,
    /// When it was fired.
    created_at: DateTime<Utc>,
}

impl From<Run> for RunOut {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            job_id: run.job_id,
            job_name: run.job_name,
            site_id: run.site_id,
            site_name: run.site_name,
            trigger: run.trigger,
            state: run.state,
            scheduled_for: run.scheduled_for,
            not_before: run.not_before,
            attempt: run.attempt,
            max_attempts: run.max_attempts,
            epoch: run.epoch,
            worker: run.worker,
            event_count: run.event_count,
            lease_until: run.lease_until,
            cancel_requested_at: run.cancel_requested_at,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            error: run.error,
            stats: run.stats,
        }
    }
}

impl From<Event> for RunEventOut {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            event_name: event.event_name,
            site_id: event.site_id,
            payload: event.payload,
            created_at: event.created_at,
        }
    }
}

/// Events of a run that are shown.
const EVENTS: i64 = 100;

/// The run as it is now.
pub(super) async fn now(tx: &mut AdminTx, id: i64) -> Result<RunDetail, ApiError> {
    let run = run_list::by_id(tx.connection(), id).await?.into();
    let events = run_list::events(tx.connection(), id, EVENTS).await?;
    Ok(RunDetail { run, events: events.into_iter().map(RunEventOut::from).collect() })
}
