//! Mending what crashes leave behind; every process looks every few seconds.
use std::time::Duration;

use sqlx::PgPool;

use super::finish::{pause, place};
use crate::{StoreError, jobs::ticket};
use domain::SiteId;

/// What was mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Runs whose worker vanished: id and the state they are in now.
    pub expired: Vec<(i64, String)>,
    /// Jobs disabled by `pause_after`.
    pub paused: Vec<i64>,
}

/// Takes back runs whose lease ended: to the queue, dead past `max_attempts`, or cancelled if that was asked for. A
/// crash counts as an attempt. Not within a `lease` of the database's start, when no worker could renew; and not while a
/// transaction holds the run's fence. Then makes sure that eligible runs have a ticket.
pub async fn reconcile(pool: &PgPool, lease: Duration) -> Result<Reconciled, StoreError> {
    let mut tx = pool.begin().await?;
    let expired = sqlx::query!(
        r#"WITH gone AS (
             SELECT r.id, r.job_id, r.attempt, r.cancel_requested_at FROM biz.trigger_runs r
             WHERE r.state = 'running' AND r.lease_until < now()
               AND now() >= pg_postmaster_start_time() + $1::float8 * interval '1 second'
             ORDER BY r.id FOR UPDATE OF r SKIP LOCKED
         ), fate AS (
             SELECT gone.id, CASE WHEN gone.cancel_requested_at IS NOT NULL THEN 'cancelled'
                                  WHEN gone.attempt >= coalesce((j.trigger_config ->> 'max_attempts')::integer, 5) THEN 'dead'
                                  ELSE 'queued' END AS state,
                    coalesce((j.trigger_config ->> 'pause_after')::integer, 0) AS pause_after
             FROM gone JOIN biz.trigger_jobs j ON j.id = gone.job_id
         )
         UPDATE biz.trigger_runs r
         SET state = fate.state, lease_until = NULL, not_before = now(), updated_at = now(),
             finished_at = CASE WHEN fate.state <> 'queued' THEN now() END,
             error = 'worker ' || coalesce(r.worker, '?') || ' stopped renewing its lease (attempt ' || r.attempt || ')'
         FROM fate WHERE r.id = ANY (ARRAY(SELECT id FROM fate)) AND r.id = fate.id
         RETURNING r.id, r.state, r.job_id, r.site_id, r.error, fate.pause_after AS "pause_after!""#,
        lease.as_secs_f64()
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut done = Reconciled::default();
    for run in expired.iter().filter(|run| run.state == "dead") {
        sqlx::query!(
            "UPDATE biz.trigger_jobs SET last_run_at = now(), last_error = $2 WHERE id = $1",
            run.job_id,
            format!("{}{}", place(run.site_id.map(SiteId)), run.error.as_deref().unwrap_or_default())
        )
        .execute(&mut *tx)
        .await?;
        let after = u32::try_from(run.pause_after).unwrap_or(0);
        if after > 0 && pause(&mut tx, run.job_id, after).await? {
            done.paused.push(run.job_id);
        }
    }
    let lost = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM biz.trigger_runs
                          WHERE state IN ('queued', 'failed') AND not_before <= now()) AS "lost!""#
    )
    .fetch_one(&mut *tx)
    .await?;
    if lost {
        ticket::push_spare(&mut tx).await?;
    }
    tx.commit().await?;
    done.expired = expired.into_iter().map(|run| (run.id, run.state)).collect();
    Ok(done)
}
