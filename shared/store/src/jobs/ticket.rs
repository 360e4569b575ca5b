//! A ticket says "there is work"; which work is found in `biz.trigger_runs`.
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::StoreError;

/// The queue that workers listen to.
pub const QUEUE: &str = "zqyy_runs";

/// More than so many waiting tickets wake nobody who is not awake already.
const ENOUGH: i64 = 8;

/// The arguments of a queued task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The run that caused it, for whoever looks at the queue; binds nothing.
    #[serde(default)]
    pub run_id: Option<i64>,
}

/// Pushes a ticket for each of the first eight runs `(id, epoch)`, as far as fewer than eight wait already; seen when the caller's transaction
/// commits. A run's ticket of one epoch is pushed once.
///
/// An INSERT of our own: the crate's push raises on a taken key, which would abort the transaction, and floors `run_at`
/// to seconds.
pub async fn push(connection: &mut PgConnection, runs: &[(i64, i32)]) -> Result<(), StoreError> {
    if runs.is_empty() {
        return Ok(());
    }
    let most = usize::try_from(ENOUGH).unwrap_or(usize::MAX);
    let (ids, epochs): (Vec<i64>, Vec<i32>) = runs.iter().copied().take(most).unzip();
    sqlx::query!(
        "INSERT INTO apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata,
                                  idempotency_key)
         SELECT apalis.generate_ulid(), $1, convert_to(json_build_object('run_id', cause.run_id)::text, 'UTF8'),
                'Pending', 0, 1, now(), 0, ''::hstore, cause.run_id || ':' || cause.epoch
         FROM unnest($2::bigint[], $3::integer[]) AS cause (run_id, epoch)
         LIMIT greatest(0, $4::bigint - (SELECT count(*) FROM (
             SELECT FROM apalis.jobs WHERE job_type = $1 AND status = 'Pending' LIMIT $4) AS waiting))
         ON CONFLICT (job_type, idempotency_key) DO NOTHING",
        QUEUE,
        &ids,
        &epochs,
        ENOUGH
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Pushes one ticket that no run is named on, unless one waits: for work whose own ticket got lost.
pub async fn push_spare(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority, metadata)
         SELECT apalis.generate_ulid(), $1, '{}'::bytea, 'Pending', 0, 1, now(), 0, ''::hstore
         WHERE NOT EXISTS (SELECT FROM apalis.jobs WHERE job_type = $1 AND status = 'Pending')",
        QUEUE
    )
    .execute(connection)
    .await?;
    Ok(())
}
