//! Retention, in batches small enough to disturb nobody.
use std::ops::AddAssign;

use serde::Serialize;
use sqlx::PgPool;

use crate::StoreError;

/// Rows removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Runs that ended 30 days ago or earlier.
    pub runs: u64,
    /// Events dispatched 7 days ago or earlier, whose runs all came to a good end.
    pub events: u64,
    /// Tickets that have been used, minutes ago.
    pub tickets: u64,
    /// Registrations of processes gone for a day.
    pub workers: u64,
    /// Refresh tokens past their time.
    pub refresh_tokens: u64,
    /// First answers that need not be given again: older than 24 hours.
    pub idempotency_keys: u64,
    /// Rate limits of which nothing is owed any more.
    pub rate_limits: u64,
}

impl Removed {
    /// Nothing was old enough.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Removed {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.events += other.events;
        self.tickets += other.tickets;
        self.workers += other.workers;
        self.refresh_tokens += other.refresh_tokens;
        self.idempotency_keys += other.idempotency_keys;
        self.rate_limits += other.rate_limits;
    }
}

/// Removes up to 5,000 rows of each kind. Dead runs stay for 30 days as well; their events stay with them.
pub async fn batch(pool: &PgPool) -> Result<Removed, StoreError> {
    let runs = sqlx::query!(
        "DELETE FROM biz.trigger_runs WHERE id IN (
             SELECT old.id FROM biz.trigger_jobs j CROSS JOIN LATERAL (
                 SELECT r.id FROM biz.trigger_runs r
                 WHERE r.job_id = j.id AND r.finished_at < now() - interval '30 days'
                 ORDER BY r.finished_at LIMIT 5000) AS old
             LIMIT 5000)"
    )
    .execute(pool)
    .await?
    .rows_affected();
    let events = sqlx::query!(
        "DELETE FROM biz.trigger_events WHERE id IN (
             SELECT e.id FROM biz.trigger_events e
             WHERE e.dispatched_at < now() - interval '7 days'
               AND NOT EXISTS (
                   SELECT FROM biz.trigger_run_events l JOIN biz.trigger_runs r ON r.id = l.run_id
                   WHERE l.event_id = e.id AND r.state NOT IN ('succeeded', 'cancelled', 'skipped'))
             LIMIT 5000 FOR UPDATE OF e SKIP LOCKED)"
    )
    .execute(pool)
    .await?
    .rows_affected();
    let tickets = sqlx::query!(
        "DELETE FROM apalis.jobs WHERE id IN (
             SELECT id FROM apalis.jobs
             WHERE status IN ('Done', 'Killed', 'Failed') AND done_at < now() - interval '3 minutes'
             LIMIT 5000 FOR UPDATE SKIP LOCKED)"
    )
    .execute(pool)
    .await?
    .rows_affected();
    let workers = sqlx::query!(
        "DELETE FROM apalis.workers w WHERE last_seen < now() - interval '1 day'
             AND NOT EXISTS (SELECT FROM apalis.jobs j WHERE j.lock_by = w.id)"
    )
    .execute(pool)
    .await?
    .rows_affected();
    // Well after their end: a token that comes a little late is refused by its own row, not as unknown.
    let refresh_tokens = sqlx::query!(
        "DELETE FROM auth.refresh_tokens WHERE id IN (
             SELECT id FROM auth.refresh_tokens WHERE expires_at < now() - interval '1 hour'
             ORDER BY expires_at LIMIT 5000)"
    )
    .execute(pool)
    .await?
    .rows_affected();
    let idempotency_keys = sqlx::query!(
        "DELETE FROM biz.idempotency_keys WHERE (user_id, key) IN (
             SELECT user_id, key FROM biz.idempotency_keys WHERE created_at < now() - interval '24 hours'
             ORDER BY created_at LIMIT 5000)"
    )
    .execute(pool)
    .await?
    .rows_affected();
    let rate_limits = sqlx::query!(
        "DELETE FROM biz.rate_limits WHERE bucket IN (
             SELECT bucket FROM biz.rate_limits WHERE arrival < now() ORDER BY arrival LIMIT 5000)
           AND arrival < now()"
    )
    .execute(pool)
    .await?
    .rows_affected();
    Ok(Removed { runs, events, tickets, workers, refresh_tokens, idempotency_keys, rate_limits })
}
