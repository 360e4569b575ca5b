use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::db::event_list::{Answering, Event};
use utoipa::ToSchema;

/// An event of the inbox.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventOut {
    /// Event.
    id: i64,
    /// Its name.
    event_name: String,
    /// Site; null = all active sites.
    site_id: Option<i64>,
    /// For the handler.
    #[schema(value_type = Object)]
    payload: Value,
    /// A second event with the same name, site and key is refused.
    dedup_key: Option<String>,
    /// Database role that fired it.
    fired_by: String,
    /// When it was fired.
    created_at: DateTime<Utc>,
    /// When runs were made of it.
    dispatched_at: Option<DateTime<Utc>>,
    /// waiting, dispatched, or refused.
    state: String,
    /// Why it made no run.
    error: Option<String>,
    /// The first 20 of the runs that answer it; none = nobody listens to it, or it waits.
    runs: Vec<EventRunOut>,
}

/// A run that answers an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventRunOut {
    /// Run.
    run_id: i64,
    /// Its job's name.
    job_name: String,
    /// Its site.
    site_id: Option<i64>,
    /// State of the run.
    state: String,
}

impl From<Event> for EventOut {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            event_name: event.event_name,
            site_id: event.site_id,
            payload: event.payload,
            dedup_key: event.dedup_key,
            fired_by: event.fired_by,
            created_at: event.created_at,
            dispatched_at: event.dispatched_at,
            state: event.state,
            error: event.error,
            runs: event.runs.into_iter().map(EventRunOut::from).collect(),
        }
    }
}

impl From<Answering> for EventRunOut {
    fn from(run: Answering) -> Self {
        Self { run_id: run.run_id, job_name: run.job_name, site_id: run.site_id, state: run.state }
    }
}
