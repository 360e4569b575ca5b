//! What an operator does to runs; by rows alone, so that the api can do it without the worker.
use chrono::{DateTime, Utc};
use domain::{SiteId, schedule::Scope};
use sqlx::{PgConnection, PgExecutor};

use super::dispatch::Defaults;
use crate::StoreError;

/// A job, as far as running it by hand needs it.
#[derive(Clone, Debug)]
pub struct Job {
    /// `biz.trigger_jobs.id`.
    pub id: i64,
    /// Its name.
    pub job_name: String,
    /// Handler in the registry.
    pub job_type: String,
    /// cron, interval, event.
    pub condition: String,
    /// As stored.
    pub config: serde_json::Value,
    /// enabled or disabled.
    pub status: String,
}

/// Every job, by name.
pub async fn jobs(connection: &mut PgConnection) -> Result<Vec<Job>, StoreError> {
    let jobs = sqlx::query_as!(
        Job,
        "SELECT id, job_name, job_type, trigger_condition AS condition, trigger_config AS config, status
         FROM biz.trigger_jobs ORDER BY job_name"
    )
    .fetch_all(connection)
    .await?;
    Ok(jobs)
}

/// The scheduler's clock: the database's, without the demo's offset.
pub async fn now(database: impl PgExecutor<'_>) -> Result<DateTime<Utc>, StoreError> {
    Ok(sqlx::query_scalar!(r#"SELECT now() AS "now!""#).fetch_one(database).await?)
}

/// Why no run was made.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// A site was named for a job that runs once for all of them.
    #[error("job {job} runs once for all sites, not for site {site}")]
    ForAllSites {
        /// `biz.trigger_jobs.job_name`.
        job: String,
        /// What was asked for.
        site: SiteId,
    },
    /// No such site, or a closed one.
    #[error("site {0} is unknown or not active")]
    Site(SiteId),
    /// The job runs once per active site.
    #[error("there is no active site")]
    NoSite,
    /// The database, or no such job.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for NotRun {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<NotRun> for StoreError {
    fn from(why: NotRun) -> Self {
        match why {
            NotRun::Store(error) => error,
            other => Self::Conflict(other.to_string().into()),
        }
    }
}

/// Makes runs of a job now, whatever its status: at one site, or as its scope says. Answers their ids.
pub async fn run_now(
    connection: &mut PgConnection,
    job_name: &str,
    site: Option<SiteId>,
    defaults: &Defaults<'_>,
) -> Result<Vec<i64>, NotRun> {
    let job = sqlx::query!(
        "SELECT id, job_type, trigger_config ->> 'scope' AS scope FROM biz.trigger_jobs WHERE job_name = $1",
        job_name
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(StoreError::NotFound("job"))?;
    let per_site = match job.scope.as_deref() {
        Some("site") => true,
        Some("global") => false,
        _ => defaults(&job.job_type).0 == Scope::Site,
    };
    if let (false, Some(site)) = (per_site, site) {
        return Err(NotRun::ForAllSites { job: job_name.to_owned(), site });
    }
    let made = sqlx::query!(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
         SELECT $1, s.site_id, 'manual'
         FROM (SELECT site_id FROM biz.sites
               WHERE $2 AND status = 'active' AND ($3::bigint IS NULL OR site_id = $3)
               UNION ALL SELECT NULL WHERE NOT $2) AS s
         ORDER BY s.site_id
         RETURNING id, epoch",
        job.id,
        per_site,
        site.map(|s| s.0)
    )
    .fetch_all(&mut *connection)
    .await?;
    if made.is_empty() {
        return Err(site.map_or(NotRun::NoSite, NotRun::Site));
    }
    Ok(made.into_iter().map(|run| run.id).collect())
}

/// What [`cancel`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It had not begun, or waited for its next attempt: it has ended.
    AtOnce,
    /// Its worker has been asked to stop.
    Asked,
    /// Its worker had been asked before.
    AskedBefore,
}

/// Cancels a run: one that waits at once, recording the events it drops; a running one at its next heartbeat.
/// [`StoreError::Conflict`] if it has ended. Waits for a claim or for events that are just joining, but not for the
/// handler's transactions, which hold the row's key alone.
pub async fn cancel(connection: &mut PgConnection, run_id: i64) -> Result<Cancelled, StoreError> {
    let row = sqlx::query!(
        r#"SELECT state, cancel_requested_at IS NOT NULL AS "asked!" FROM biz.trigger_runs WHERE id = $1 FOR NO KEY UPDATE"#,
        run_id
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(StoreError::NotFound("run"))?;
    match row.state.as_str() {
        "queued" | "failed" => {
            sqlx::query!(
                "UPDATE biz.trigger_runs
                 SET state = 'cancelled', finished_at = now(), updated_at = now(), cancel_requested_at = now(),
                     stats = jsonb_build_object('dropped_events', (
                         SELECT coalesce(jsonb_agg(event_id ORDER BY event_id), '[]')
                         FROM biz.trigger_run_events WHERE run_id = $1))
                 WHERE id = $1",
                run_id
            )
            .execute(connection)
            .await?;
            Ok(Cancelled::AtOnce)
        }
        "running" if row.asked => Ok(Cancelled::AskedBefore),
        "running" => {
            sqlx::query!("UPDATE biz.trigger_runs SET cancel_requested_at = now() WHERE id = $1", run_id)
                .execute(connection)
                .await?;
            Ok(Cancelled::Asked)
        }
        other => Err(StoreError::Conflict(format!("run {run_id} has ended: {other}").into())),
    }
}

/// What [`retry`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    /// A dead run has all its attempts again.
    Dead,
    /// A run that waited for its next attempt need not wait.
    Failed,
}

/// Makes a dead run eligible with all its attempts, or a failed one without its wait. [`StoreError::Conflict`] in any
/// other state. It is woken for by notification and found by the reconciler: a ticket is not needed.
pub async fn retry(connection: &mut PgConnection, run_id: i64) -> Result<Retried, StoreError> {
    let state =
        sqlx::query_scalar!("SELECT state FROM biz.trigger_runs WHERE id = $1 FOR NO KEY UPDATE", run_id)
            .fetch_optional(&mut *connection)
            .await?
            .ok_or(StoreError::NotFound("run"))?;
    let retried = match state.as_str() {
        "dead" => Retried::Dead,
        "failed" => Retried::Failed,
        other => {
            return Err(StoreError::Conflict(format!("run {run_id} is not dead or failed: {other}").into()));
        }
    };
    sqlx::query!(
        "UPDATE biz.trigger_runs
         SET state = 'queued', attempt = CASE WHEN $2 THEN 0 ELSE attempt END, not_before = now(), finished_at = NULL,
             cancel_requested_at = NULL, updated_at = now()
         WHERE id = $1",
        run_id,
        retried == Retried::Dead
    )
    .execute(connection)
    .await?;
    Ok(retried)
}

/// A run's state and, once it has one, its report.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// `biz.trigger_runs.id`.
    pub id: i64,
    /// `biz.trigger_jobs.job_name`.
    pub job_name: String,
    /// Site, if any.
    pub site_id: Option<i64>,
    /// queued, running, failed, succeeded, dead, cancelled, skipped.
    pub state: String,
    /// Attempts begun.
    pub attempt: i32,
    /// Newest failure, or why it was skipped.
    pub error: Option<String>,
    /// The handler's report.
    pub stats: Option<serde_json::Value>,
}

/// Reads runs by id.
pub async fn states(connection: &mut PgConnection, run_ids: &[i64]) -> Result<Vec<RunState>, StoreError> {
    let runs = sqlx::query_as!(
        RunState,
        "SELECT r.id, j.job_name, r.site_id, r.state, r.attempt, r.error, r.stats
         FROM biz.trigger_runs r JOIN biz.trigger_jobs j ON j.id = r.job_id WHERE r.id = ANY ($1) ORDER BY r.id",
        run_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(runs)
}
