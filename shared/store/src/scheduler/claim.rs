//! Taking runs.
use std::time::Duration;

use chrono_tz::Tz;
use domain::{SiteId, schedule::TriggerConfig};
use sqlx::PgPool;

use super::Run;
use crate::StoreError;

/// How a claimed row becomes a [`Run`]; both claims return the same columns.
macro_rules! run {
    ($row:expr, $zone:expr) => {
        Ok(Run {
            id: $row.id,
            job_id: $row.job_id,
            job_name: $row.job_name,
            job_type: $row.job_type,
            site_id: $row.site_id.map(SiteId),
            epoch: $row.epoch,
            claim: $row.claim,
            attempt: $row.attempt,
            trigger: $row.trigger.parse()?,
            scheduled_for: $row.scheduled_for,
            not_before: $row.not_before,
            claimed_at: $row.claimed_at,
            options: TriggerConfig::parse(&$row.trigger_condition, &$row.trigger_config, $zone)
                .map(|config| config.options)
                .map_err(|e| e.to_string()),
        })
    };
}

/// What [`claim`] says to the database; for benches.
pub const SQL: &str = include_str!("claim.sql");

/// Who claims, and on what terms.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// The process's name, kept on the run.
    pub worker: String,
    /// What it can run. Other types are left to live processes that know them; a run whose type nobody knows is taken,
    /// so that it dies where it is seen.
    pub job_types: Vec<String>,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// Zone of cron expressions which name none.
    pub zone: Tz,
}

/// Claims that lost a race before this one gives up until the next ticket.
const TRIES: usize = 5;

/// Claims up to `slots` eligible runs: state running, the epoch raised, a lease. At most one per job and site, sites
/// served longest ago first.
pub async fn claim(pool: &PgPool, by: &Claimant, slots: usize) -> Result<Vec<Run>, StoreError> {
    let slots = i64::try_from(slots).unwrap_or(i64::MAX);
    let mut tries = 0;
    let rows = loop {
        let claimed = sqlx::query_file!(
            "src/scheduler/claim.sql",
            slots,
            by.worker,
            &by.job_types,
            by.lease.as_secs_f64()
        );
        match claimed.fetch_all(pool).await {
            Ok(rows) => break rows,
            // Another worker started a sibling between our snapshot and our write: it is running now, so look again.
            Err(error) if lost_a_race(&error) && tries < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    };
    rows.into_iter().map(|row| run!(row, by.zone)).collect()
}

/// Claims those of the given runs that are eligible and whose job and site have none running, the first of each: for a
/// process that runs what it made itself.
pub async fn claim_these(pool: &PgPool, by: &Claimant, run_ids: &[i64]) -> Result<Vec<Run>, StoreError> {
    let rows = sqlx::query!(
        r#"WITH picked AS (
               SELECT r.id FROM biz.trigger_runs r
               WHERE r.id = ANY ($1) AND r.state = 'queued' AND r.not_before <= now()
                 AND NOT EXISTS (
                     SELECT FROM biz.trigger_runs b
                     WHERE b.job_id = r.job_id AND b.site_id IS NOT DISTINCT FROM r.site_id
                       AND (b.state = 'running' OR (b.id = ANY ($1) AND b.state = 'queued' AND b.id < r.id)))
               ORDER BY r.id FOR UPDATE OF r SKIP LOCKED
           )
           UPDATE biz.trigger_runs r
           SET state = 'running', epoch = r.epoch + 1,
               claim = hashtextextended(gen_random_uuid()::text, 0), attempt = r.attempt + 1,
               lease_until = now() + $3::float8 * interval '1 second', started_at = coalesce(r.started_at, now()), worker = $2,
               updated_at = now()
           FROM picked, biz.trigger_jobs j, (SELECT set_config('synchronous_commit', 'off', true)) AS relaxed
           WHERE r.id = picked.id AND j.id = r.job_id
           RETURNING r.id, r.job_id, j.job_name, j.job_type, j.trigger_condition, j.trigger_config, r.site_id, r.epoch,
               r.claim AS "claim!", r.attempt, r.trigger, r.scheduled_for, r.not_before, now() AS "claimed_at!""#,
        run_ids,
        by.worker,
        by.lease.as_secs_f64()
    )
    .fetch_all(pool)
    .await;
    match rows {
        Ok(rows) => rows.into_iter().map(|row| run!(row, by.zone)).collect(),
        Err(error) if lost_a_race(&error) => Ok(vec![]),
        Err(error) => Err(error.into()),
    }
}

fn lost_a_race(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    error.constraint() == Some("trigger_runs_running") || error.code().as_deref() == Some("40P01")
}
