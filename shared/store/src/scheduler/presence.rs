//! Which processes live, and what they can run.
use std::time::Duration;

use sqlx::PgPool;

use crate::StoreError;

/// How often a process shows that it lives; after four missed ones its job types are nobody's.
pub const SIGN: Duration = Duration::from_secs(15);

/// A sign of life, the first one too; and an end to what was last seen a day ago. A process that goes says nothing: it
/// may be back in a moment, and its like must not find their runs dead.
pub async fn sign(pool: &PgPool, worker: &str, job_types: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH gone AS (DELETE FROM biz.trigger_workers WHERE updated_at < now() - interval '1 day' AND name <> $1)
         INSERT INTO biz.trigger_workers (name, job_types) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET job_types = excluded.job_types, updated_at = now()",
        worker,
        job_types
    )
    .execute(pool)
    .await?;
    Ok(())
}
