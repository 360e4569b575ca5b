//! `biz.trigger_events`, as operators see it.
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::{StoreError, db::bounded};

/// What has become of an event: not looked at yet; dispatched; dispatched, and there is something to say about it.
pub const STATES: [&str; 3] = ["waiting", "dispatched", "refused"];

/// An event.
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
    /// A second event with the same name, site and key is refused.
    pub dedup_key: Option<String>,
    /// Database role that inserted it.
    pub fired_by: String,
    /// When it was inserted.
    pub created_at: DateTime<Utc>,
    /// When runs were made of it.
    pub dispatched_at: Option<DateTime<Utc>>,
    /// Why it made no run.
    pub error: Option<String>,
    /// One of [`STATES`].
    pub state: String,
    /// Runs that answer it, oldest first.
    pub runs: Vec<Answering>,
}

/// A run that answers an event.
#[derive(Clone, Debug)]
pub struct Answering {
    /// `biz.trigger_runs.id`.
    pub run_id: i64,
    /// The job's name.
    pub job_name: String,
    /// Site of the run.
    pub site_id: Option<i64>,
    /// State of the run.
    pub state: String,
}

/// Which events, and which page of them; `None` = any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Exactly that one.
    pub id: Option<i64>,
    /// Of this name.
    pub name: Option<String>,
    /// For this site; those for all sites are not among them.
    pub site_id: Option<i64>,
    /// One of [`STATES`].
    pub state: Option<&'static str>,
    /// Inserted from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Inserted before this one.
    pub to: Option<DateTime<Utc>>,
    /// Rows before the page.
    pub offset: i64,
    /// Rows on the page.
    pub limit: i64,
}

/// Runs of one event that are listed at most: one for all sites may have made very many.
const RUNS: i64 = 20;

/// As for runs. A long transaction may bring an event late with an older time, and so it is the newest event of the whole
/// range at which the walk begins.
macro_rules! matching {
    ($query:ident, $head:literal, $tail:literal, $filter:expr, $many:expr $(, $more:expr)*) => {
        sqlx::$query!(
            $head + r#"
           WHERE ($1::bigint IS NULL OR e.id = $1) AND ($2::text IS NULL OR e.event_name = $2)
             AND ($3::bigint IS NULL
                  OR e.site_id = $3 AND e.dispatched_at IS NOT NULL
                  OR e.site_id = $3 AND e.dispatched_at IS NULL)
             AND ($4::text IS NULL
                  OR $4 = 'waiting' AND e.dispatched_at IS NULL
                  OR $4 = 'dispatched' AND e.dispatched_at IS NOT NULL AND e.error IS NULL
                  OR $4 = 'refused' AND e.dispatched_at IS NOT NULL AND e.error IS NOT NULL)
             AND ($5::timestamptz IS NULL OR e.created_at >= $5) AND ($6::timestamptz IS NULL OR e.created_at < $6)
             AND (NOT $7::boolean OR $5 IS NULL OR $6 IS NULL OR e.id <= (
                  SELECT CASE WHEN $6 - $5 < now() - $6 THEN (
                      SELECT max(b.id + 0) FROM biz.trigger_events b WHERE b.created_at >= $5 AND b.created_at < $6)
                  ELSE 9223372036854775807 END))
           "# + $tail,
            $filter.id,
            $filter.name,
            $filter.site_id,
            $filter.state,
            $filter.from,
            $filter.to,
            $many
            $(, $more)*
        )
    };
}

/// One page, newest first, and how many match in all, counted no further than [`bounded`] says. Four statements.
pub async fn page(connection: &mut PgConnection, filter: &Filter) -> Result<(Vec<Event>, i64), StoreError> {
    bounded::plan_for_what_is_asked(connection).await?;
    let total = matching!(
        query_scalar,
        r#"SELECT count(*) AS "total!" FROM (SELECT FROM biz.trigger_events e"#,
        "LIMIT $8) AS counted",
        filter,
        false,
        bounded::counted(filter.offset, filter.limit)
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok((rows(connection, filter, bounded::are_many(total)).await?, total))
}

async fn rows(connection: &mut PgConnection, filter: &Filter, many: bool) -> Result<Vec<Event>, StoreError> {
    let rows = matching!(
        query,
        r#"SELECT e.id, e.event_name, e.site_id, e.payload, e.dedup_key, e.fired_by, e.created_at, e.dispatched_at,
                  e.error, CASE WHEN e.dispatched_at IS NULL THEN 'waiting'
                                WHEN e.error IS NULL THEN 'dispatched' ELSE 'refused' END AS "state!"
           FROM biz.trigger_events e"#,
        "ORDER BY CASE WHEN $7 THEN e.id ELSE e.id + 0 END DESC LIMIT $8 OFFSET $9",
        filter,
        many,
        filter.limit,
        filter.offset
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut runs = answering(connection, &ids).await?;
    let events = rows
        .into_iter()
        .map(|row| Event {
            id: row.id,
            event_name: row.event_name,
            site_id: row.site_id,
            payload: row.payload,
            dedup_key: row.dedup_key,
            fired_by: row.fired_by,
            created_at: row.created_at,
            dispatched_at: row.dispatched_at,
            error: row.error,
            state: row.state,
            runs: runs.extract_if(.., |(event_id, _)| *event_id == row.id).map(|(_, run)| run).collect(),
        })
        .collect();
    Ok(events)
}

/// One event.
pub async fn by_id(connection: &mut PgConnection, id: i64) -> Result<Event, StoreError> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    bounded::plan_for_what_is_asked(connection).await?;
    rows(connection, &filter, false).await?.pop().ok_or(StoreError::NotFound("event"))
}

async fn answering(
    connection: &mut PgConnection,
    events: &[i64],
) -> Result<Vec<(i64, Answering)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT e.id AS "event_id!", l.run_id, j.job_name, r.site_id, r.state
           FROM unnest($1::bigint[]) AS e (id)
           CROSS JOIN LATERAL (
               SELECT run_id FROM biz.trigger_run_events WHERE event_id = e.id ORDER BY run_id LIMIT $2) AS l
           JOIN biz.trigger_runs r ON r.id = l.run_id
           JOIN biz.trigger_jobs j ON j.id = r.job_id
           ORDER BY e.id, l.run_id"#,
        events,
        RUNS
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let run = Answering {
                run_id: row.run_id,
                job_name: row.job_name,
                site_id: row.site_id,
                state: row.state,
            };
            (row.event_id, run)
        })
        .collect())
}
