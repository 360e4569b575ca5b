//! Taking runs, and keeping them.
use chrono_tz::Tz;
use domain::{SiteId, schedule::TriggerConfig};
use sqlx::{PgConnection, PgPool};

use super::Run;
use crate::{Fence, StoreError};

/// Claims that lost a race before this one gives up until the next ticket.
const TRIES: usize = 5;

/// Claims up to `slots` eligible runs for `worker`: state running, the epoch raised, a lease of 60 s. At most one per
/// job and site, sites served longest ago first. `zone` is that of cron expressions which name none.
pub async fn claim(pool: &PgPool, worker: &str, slots: usize, zone: Tz) -> Result<Vec<Run>, StoreError> {
    let slots = i64::try_from(slots).unwrap_or(i64::MAX);
    let mut tries = 0;
    let rows = loop {
        match sqlx::query_file!("src/scheduler/claim.sql", slots, worker).fetch_all(pool).await {
            Ok(rows) => break rows,
            // Another worker started a sibling between our snapshot and our write: it is running now, so look again.
            Err(error) if lost_a_race(&error) && tries < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    };
    rows.into_iter()
        .map(|row| {
            Ok(Run {
                id: row.id,
                job_id: row.job_id,
                job_name: row.job_name,
                job_type: row.job_type,
                site_id: row.site_id.map(SiteId),
                epoch: row.epoch,
                attempt: row.attempt,
                trigger: row.trigger.parse()?,
                scheduled_for: row.scheduled_for,
                not_before: row.not_before,
                claimed_at: row.claimed_at,
                options: TriggerConfig::parse(&row.trigger_condition, &row.trigger_config, zone)
                    .map(|config| config.options)
                    .map_err(|e| e.to_string()),
            })
        })
        .collect()
}

fn lost_a_race(error: &sqlx::Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    error.constraint() == Some("trigger_runs_running") || error.code().as_deref() == Some("40P01")
}

/// What a heartbeat found of a run that is still ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// `biz.trigger_runs.id`.
    pub run_id: i64,
    /// Someone asked it to stop.
    pub cancel_requested: bool,
}

/// Renews leases by 60 s. A run that is missing in the answer is no longer ours.
pub async fn renew(connection: &mut PgConnection, runs: &[Fence]) -> Result<Vec<Lease>, StoreError> {
    // Locked in the order of ids, as every statement that touches several runs does.
    let rows = sqlx::query!(
        r#"WITH ours AS (
               SELECT r.id FROM biz.trigger_runs r
               JOIN unnest($1::bigint[], $2::integer[]) AS held (id, epoch) ON held.id = r.id AND held.epoch = r.epoch
               WHERE r.state = 'running' ORDER BY r.id FOR NO KEY UPDATE OF r)
           UPDATE biz.trigger_runs r SET lease_until = now() + interval '60 seconds'
           FROM ours WHERE r.id = ours.id
           RETURNING r.id, r.cancel_requested_at IS NOT NULL AS "cancel_requested!""#,
        &runs.iter().map(|f| f.run_id).collect::<Vec<_>>(),
        &runs.iter().map(|f| f.epoch).collect::<Vec<_>>()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| Lease { run_id: r.id, cancel_requested: r.cancel_requested }).collect())
}
