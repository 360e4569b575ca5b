//! `biz.trigger_runs`, as operators see it.
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::{StoreError, db::bounded};

/// States of a run.
pub const STATES: [&str; 7] = ["queued", "running", "failed", "succeeded", "dead", "cancelled", "skipped"];

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// `biz.trigger_runs.id`.
    pub id: i64,
    /// Its job.
    pub job_id: i64,
    /// The job's name.
    pub job_name: String,
    /// Site; `None`: a run for all sites, or the record of skipped slots.
    pub site_id: Option<i64>,
    /// Its name.
    pub site_name: Option<String>,
    /// cron, interval, event, manual.
    pub trigger: String,
    /// One of [`STATES`].
    pub state: String,
    /// Slot of a cron or interval run.
    pub scheduled_for: Option<DateTime<Utc>>,
    /// Not claimed earlier.
    pub not_before: DateTime<Utc>,
    /// Attempts begun.
    pub attempt: i32,
    /// Attempts there may be; 5 unless the job says otherwise.
    pub max_attempts: i32,
    /// Raised by every claim.
    pub epoch: i32,
    /// Process of the newest attempt.
    pub worker: Option<String>,
    /// Events joined.
    pub event_count: i32,
    /// While running: until then it belongs to its worker.
    pub lease_until: Option<DateTime<Utc>>,
    /// When somebody asked it to stop.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// First claim.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Newest failure, or why it was skipped.
    pub error: Option<String>,
    /// The handler's report.
    pub stats: Option<Value>,
}

/// Which runs, and which page of them; `None` = any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Exactly that one.
    pub id: Option<i64>,
    /// Of this job.
    pub job_id: Option<i64>,
    /// At this site.
    pub site_id: Option<i64>,
    /// In this state.
    pub state: Option<&'static str>,
    /// Made from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Made before this one.
    pub to: Option<DateTime<Utc>>,
    /// Rows before the page.
    pub offset: i64,
    /// Rows on the page.
    pub limit: i64,
}

/// A query over the runs that match, with the filter's binds; `$tail` goes on from `$8`.
///
/// A run has ended, waits or runs, and so each condition is cut into those that a partial index is made for. `$many`: the
/// newest of them are met by walking back from the newest of all. Where a range of time is shorter than the time since, the
/// walk begins at its own newest run instead, which the blocks' times find; `+ 0` keeps that from being a walk itself. Without
/// a range nothing is said of one: the planner would think a third of the runs gone, and sort the rest.
macro_rules! matching {
    ($query:ident, [$($row:tt)*], $head:literal, $tail:literal, $filter:expr, $many:expr $(, $more:expr)*) => {
        sqlx::$query!(
            $($row)*
            $head + r#"
           WHERE ($1::bigint IS NULL OR r.id = $1)
             AND ($2::bigint IS NULL
                  OR r.job_id = $2 AND r.finished_at IS NOT NULL
                  OR r.job_id = $2 AND r.state IN ('queued', 'failed')
                  OR r.job_id = $2 AND r.state = 'running')
             AND ($3::bigint IS NULL
                  OR r.site_id = $3 AND r.finished_at IS NOT NULL
                  OR r.site_id = $3 AND r.state IN ('queued', 'failed')
                  OR r.site_id = $3 AND r.state = 'running')
             AND ($4::text IS NULL OR r.state = $4)
             AND ($5::timestamptz IS NULL OR r.created_at >= $5) AND ($6::timestamptz IS NULL OR r.created_at < $6)
             AND (NOT $7::boolean OR $5 IS NULL OR $6 IS NULL OR r.id <= (
                  SELECT CASE WHEN $6 - $5 < now() - $6 THEN (
                      SELECT max(b.id + 0) FROM biz.trigger_runs b WHERE b.created_at >= $5 AND b.created_at < $6)
                  ELSE 9223372036854775807 END))
           "# + $tail,
            $filter.id,
            $filter.job_id,
            $filter.site_id,
            $filter.state,
            $filter.from,
            $filter.to,
            $many
            $(, $more)*
        )
    };
}

/// One page, newest first, and how many match in all, counted no further than [`bounded`] says. Three statements.
pub async fn page(connection: &mut PgConnection, filter: &Filter) -> Result<(Vec<Run>, i64), StoreError> {
    bounded::plan_for_what_is_asked(connection).await?;
    let total = matching!(
        query_scalar,
        [],
        r#"SELECT count(*) AS "total!" FROM (SELECT FROM biz.trigger_runs r"#,
        "LIMIT $8) AS counted",
        filter,
        false,
        bounded::counted(filter.offset, filter.limit)
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok((rows(connection, filter, bounded::are_many(total)).await?, total))
}

/// Of few the planner would hope to meet them soon, too, and walk to the end; a sum is not the column that an index is
/// sorted by.
async fn rows(connection: &mut PgConnection, filter: &Filter, many: bool) -> Result<Vec<Run>, StoreError> {
    let runs = matching!(
        query_as,
        [Run,],
        r#"SELECT r.id, r.job_id, j.job_name, r.site_id, s.name AS "site_name?", r.trigger, r.state, r.scheduled_for,
                  r.not_before, r.attempt,
                  coalesce((j.trigger_config ->> 'max_attempts')::integer, 5) AS "max_attempts!",
                  r.epoch, r.worker, r.event_count, r.lease_until, r.cancel_requested_at, r.created_at, r.started_at,
                  r.finished_at, r.error, r.stats
           FROM biz.trigger_runs r
           JOIN biz.trigger_jobs j ON j.id = r.job_id
           LEFT JOIN biz.sites s ON s.site_id = r.site_id"#,
        "ORDER BY CASE WHEN $7 THEN r.id ELSE r.id + 0 END DESC LIMIT $8 OFFSET $9",
        filter,
        many,
        filter.limit,
        filter.offset
    )
    .fetch_all(connection)
    .await?;
    Ok(runs)
}

/// One run.
pub async fn by_id(connection: &mut PgConnection, id: i64) -> Result<Run, StoreError> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    bounded::plan_for_what_is_asked(connection).await?;
    rows(connection, &filter, false).await?.pop().ok_or(StoreError::NotFound("run"))
}

/// An event that a run answers.
#[derive(Clone, Debug)]
pub struct Event {
    /// `biz.trigger_events.id`.
    pub id: i64,
    /// Its name.
    pub event_name: String,
    /// Site; `None` = all active sites.
    pub site_id: Option<i64>,
    /// For the handler.
    pub payload: Value,
    /// When it was inserted.
    pub created_at: DateTime<Utc>,
}

/// The newest events of a run.
pub async fn events(
    connection: &mut PgConnection,
    run_id: i64,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let events = sqlx::query_as!(
        Event,
        "SELECT e.id, e.event_name, e.site_id, e.payload, e.created_at
         FROM biz.trigger_run_events l JOIN biz.trigger_events e ON e.id = l.event_id
         WHERE l.run_id = $1 ORDER BY e.id DESC LIMIT $2",
        run_id,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(events)
}
