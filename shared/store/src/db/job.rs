//! `biz.trigger_jobs`, as operators see and edit it.
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::StoreError;

/// A job, and how it is doing.
#[derive(Clone, Debug)]
pub struct Job {
    /// `biz.trigger_jobs.id`.
    pub id: i64,
    /// Its name.
    pub job_name: String,
    /// Handler in the workers' registry.
    pub job_type: String,
    /// cron, interval, event.
    pub condition: String,
    /// As stored.
    pub config: Value,
    /// enabled or disabled.
    pub status: String,
    /// For operators.
    pub description: Option<String>,
    /// End of the newest run.
    pub last_run_at: Option<DateTime<Utc>>,
    /// Next slot; `None`: an event's, or to be computed in a moment.
    pub next_run_at: Option<DateTime<Utc>>,
    /// Newest failure.
    pub last_error: Option<String>,
    /// Newest edit, switch or pause.
    pub updated_at: DateTime<Utc>,
    /// Runs queued, or failed and waiting for their next attempt.
    pub waiting: i64,
    /// Runs in progress.
    pub running: i64,
    /// Dead runs.
    pub dead: i64,
    /// Whether a worker has shown a sign of life within a minute that knows the type.
    pub has_worker: bool,
}

/// Every job by name, or the one with this id.
pub async fn list(connection: &mut PgConnection, id: Option<i64>) -> Result<Vec<Job>, StoreError> {
    let jobs = sqlx::query_as!(
        Job,
        r#"SELECT j.id, j.job_name, j.job_type, j.trigger_condition AS condition, j.trigger_config AS config, j.status,
                  j.description, j.last_run_at, j.next_run_at, j.last_error, j.updated_at,
                  (SELECT count(*) FROM biz.trigger_runs r
                   WHERE r.job_id = j.id AND r.state IN ('queued', 'failed')) AS "waiting!",
                  (SELECT count(*) FROM biz.trigger_runs r
                   WHERE r.job_id = j.id AND r.state = 'running') AS "running!",
                  (SELECT count(*) FROM biz.trigger_runs r WHERE r.job_id = j.id AND r.state = 'dead') AS "dead!",
                  EXISTS (SELECT FROM biz.trigger_workers w
                          WHERE w.updated_at > now() - interval '1 minute'
                            AND j.job_type = ANY (w.job_types)) AS "has_worker!"
           FROM biz.trigger_jobs j
           WHERE $1::bigint IS NULL OR j.id = $1
           ORDER BY j.job_name, j.id"#,
        id
    )
    .fetch_all(connection)
    .await?;
    Ok(jobs)
}

/// A job's row, locked.
#[derive(Clone, Debug)]
pub struct Locked {
    /// Its name.
    pub job_name: String,
    /// cron, interval, event.
    pub condition: String,
    /// As stored.
    pub config: Value,
    /// enabled or disabled.
    pub status: String,
    /// For operators.
    pub description: Option<String>,
    /// Newest edit, switch or pause.
    pub updated_at: DateTime<Utc>,
}

/// Locks a job's row; dispatchers pass over it meanwhile.
pub async fn lock(connection: &mut PgConnection, id: i64) -> Result<Locked, StoreError> {
    sqlx::query_as!(
        Locked,
        "SELECT job_name, trigger_condition AS condition, trigger_config AS config, status, description, updated_at
         FROM biz.trigger_jobs WHERE id = $1 FOR NO KEY UPDATE",
        id
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::NotFound("job"))
}

/// Writes what an operator may edit; a trigger sees to it that the next slot is computed anew.
pub async fn save(
    connection: &mut PgConnection,
    id: i64,
    condition: &str,
    config: &Value,
    description: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.trigger_jobs
         SET trigger_condition = $2, trigger_config = $3, description = $4,
             updated_at = greatest(now(), updated_at + interval '1 microsecond')
         WHERE id = $1",
        id,
        condition,
        config,
        description
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Enables or disables.
pub async fn set_enabled(connection: &mut PgConnection, id: i64, enabled: bool) -> Result<(), StoreError> {
    let status = if enabled { "enabled" } else { "disabled" };
    sqlx::query!("UPDATE biz.trigger_jobs SET status = $2 WHERE id = $1", id, status)
        .execute(connection)
        .await?;
    Ok(())
}

/// Names of the enabled jobs that hear an event, sorted.
pub async fn listeners(connection: &mut PgConnection, event_name: &str) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT job_name FROM biz.trigger_jobs
         WHERE status = 'enabled' AND trigger_condition = 'event' AND trigger_config ->> 'event_name' = $1
         ORDER BY job_name",
        event_name
    )
    .fetch_all(connection)
    .await?)
}
