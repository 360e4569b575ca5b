//! How the scheduler is doing: rates, sites, workers. Sizes are those of `scheduler::pulse::depth`.
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::StoreError;

/// Windows that rates are counted over, minutes.
const WINDOWS: [i32; 4] = [1, 5, 15, 60];

/// What a window has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Its length, ending now.
    pub minutes: i32,
    /// Runs that came to this end.
    pub succeeded: i64,
    /// Likewise.
    pub skipped: i64,
    /// Likewise.
    pub dead: i64,
    /// Likewise.
    pub cancelled: i64,
    /// Events dispatched.
    pub events: i64,
}

/// Counts what ended, and what was dispatched, in each window.
pub async fn rates(connection: &mut PgConnection) -> Result<Vec<Rate>, StoreError> {
    let rates = sqlx::query_as!(
        Rate,
        r#"WITH ended AS MATERIALIZED (
               SELECT r.state, r.finished_at
               FROM biz.trigger_jobs j CROSS JOIN LATERAL (
                   SELECT state, finished_at FROM biz.trigger_runs
                   WHERE job_id = j.id AND finished_at > now() - interval '60 minutes') AS r
           ), dispatched AS MATERIALIZED (
               SELECT dispatched_at FROM biz.trigger_events WHERE dispatched_at > now() - interval '60 minutes'
           )
           SELECT w.minutes AS "minutes!", e.succeeded AS "succeeded!", e.skipped AS "skipped!", e.dead AS "dead!",
                  e.cancelled AS "cancelled!", d.events AS "events!"
           FROM unnest($1::integer[]) AS w (minutes)
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
                      count(*) FILTER (WHERE state = 'skipped') AS skipped,
                      count(*) FILTER (WHERE state = 'dead') AS dead,
                      count(*) FILTER (WHERE state = 'cancelled') AS cancelled
               FROM ended WHERE finished_at > now() - make_interval(mins => w.minutes)) AS e
           CROSS JOIN LATERAL (
               SELECT count(*) AS events
               FROM dispatched WHERE dispatched_at > now() - make_interval(mins => w.minutes)) AS d
           ORDER BY w.minutes"#,
        &WINDOWS
    )
    .fetch_all(connection)
    .await?;
    Ok(rates)
}

/// A site with runs that wait, run or are dead.
#[derive(Clone, Debug)]
pub struct Site {
    /// Site; `None`: runs for all sites.
    pub site_id: Option<i64>,
    /// Its name.
    pub site_name: Option<String>,
    /// Runs that wait and may be claimed.
    pub eligible: i64,
    /// Runs that wait for their moment.
    pub delayed: i64,
    /// Runs in progress.
    pub running: i64,
    /// Dead runs.
    pub dead: i64,
    /// How long the oldest eligible run has waited, seconds.
    pub oldest_seconds: f64,
}

/// The sites whose oldest eligible run has waited longest, and how many sites there are with anything at all.
pub async fn sites(connection: &mut PgConnection, limit: i64) -> Result<(Vec<Site>, i64), StoreError> {
    let rows = sqlx::query!(
        r#"WITH counted AS (
               SELECT site_id, count(*) FILTER (WHERE not_before <= now()) AS eligible,
                      count(*) FILTER (WHERE not_before > now()) AS delayed, 0 AS running, 0 AS dead,
                      min(not_before) FILTER (WHERE not_before <= now()) AS oldest
               FROM biz.trigger_runs WHERE state IN ('queued', 'failed') GROUP BY site_id
               UNION ALL
               SELECT site_id, 0, 0, count(*), 0, NULL FROM biz.trigger_runs WHERE state = 'running' GROUP BY site_id
               UNION ALL
               SELECT site_id, 0, 0, 0, count(*), NULL FROM biz.trigger_runs WHERE state = 'dead' GROUP BY site_id
           )
           SELECT c.site_id, s.name AS "site_name?", sum(c.eligible)::bigint AS "eligible!",
                  sum(c.delayed)::bigint AS "delayed!", sum(c.running)::bigint AS "running!",
                  sum(c.dead)::bigint AS "dead!",
                  coalesce(extract(epoch FROM now() - min(c.oldest)), 0)::float8 AS "oldest_seconds!",
                  count(*) OVER () AS "total!"
           FROM counted c LEFT JOIN biz.sites s ON s.site_id = c.site_id
           GROUP BY c.site_id, s.name
           ORDER BY min(c.oldest) NULLS LAST, sum(c.dead) DESC, c.site_id NULLS FIRST
           LIMIT $1"#,
        limit
    )
    .fetch_all(connection)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let sites = rows
        .into_iter()
        .map(|row| Site {
            site_id: row.site_id,
            site_name: row.site_name,
            eligible: row.eligible,
            delayed: row.delayed,
            running: row.running,
            dead: row.dead,
            oldest_seconds: row.oldest_seconds,
        })
        .collect();
    Ok((sites, total))
}

/// A worker process that has shown a sign of life within a minute.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Fresh at each start.
    pub name: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// Newest sign of life.
    pub seen_at: DateTime<Utc>,
    /// What it can run, sorted.
    pub job_types: Vec<String>,
    /// Runs that it has in progress.
    pub running: i64,
}

/// The workers that live, oldest first.
pub async fn workers(connection: &mut PgConnection) -> Result<Vec<Worker>, StoreError> {
    let workers = sqlx::query_as!(
        Worker,
        r#"SELECT w.name, w.created_at AS started_at, w.updated_at AS seen_at,
                  ARRAY(SELECT t FROM unnest(w.job_types) AS t ORDER BY t) AS "job_types!",
                  (SELECT count(*) FROM biz.trigger_runs r WHERE r.state = 'running' AND r.worker = w.name) AS "running!"
           FROM biz.trigger_workers w
           WHERE w.updated_at > now() - interval '1 minute'
           ORDER BY w.created_at, w.name"#
    )
    .fetch_all(connection)
    .await?;
    Ok(workers)
}
