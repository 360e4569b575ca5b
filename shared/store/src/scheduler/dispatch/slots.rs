//! Cron and interval jobs.
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::schedule::{Due, Scope, Skipped, TriggerConfig};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

use super::{Defaults, Dispatched, UNREADABLE};
use crate::{StoreError, jobs::ticket};

/// A job whose configuration cannot be read is looked at again after this long, or at once when it is edited.
const PARKED: chrono::Duration = chrono::Duration::minutes(5);

/// What becomes of one job row.
struct Decision {
    job_id: i64,
    next: DateTime<Utc>,
    error: Option<String>,
}

/// A slot to run.
struct Slot {
    job_id: i64,
    trigger: String,
    at: DateTime<Utc>,
    per_site: bool,
}

/// Dispatches every cron and interval job that is due, and computes `next_run_at` where an edit cleared it.
/// `zone` is that of cron expressions which name none.
pub async fn slots(pool: &PgPool, defaults: &Defaults<'_>, zone: Tz) -> Result<Dispatched, StoreError> {
    let mut tx = pool.begin_with(super::BEGIN).await?;
    // The row lock rechecks the condition: a job disabled meanwhile drops out.
    let jobs = sqlx::query!(
        r#"SELECT id, job_name, job_type, trigger_condition, trigger_config, next_run_at, now() AS "now!"
           FROM biz.trigger_jobs
           WHERE status = 'enabled' AND trigger_condition IN ('cron', 'interval')
             AND (next_run_at IS NULL OR next_run_at <= now())
           ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"#
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut done = Dispatched { taken: jobs.len(), ..Dispatched::default() };
    if jobs.is_empty() {
        return Ok(done);
    }
    let (mut decisions, mut slots, mut skipped) = (vec![], vec![], vec![]);
    for job in jobs {
        let now = job.now;
        let due = match decide(&job.trigger_condition, &job.trigger_config, job.next_run_at, now, zone) {
            Ok((due, config)) => {
                let scope = config.options.scope.unwrap_or_else(|| defaults(&job.job_type).0);
                slots.extend(due.slots.iter().map(|at| Slot {
                    job_id: job.id,
                    trigger: job.trigger_condition.clone(),
                    at: *at,
                    per_site: scope == Scope::Site,
                }));
                due
            }
            Err(error) => {
                done.unreadable.push((job.job_name, error.clone()));
                decisions.push(Decision { job_id: job.id, next: now + PARKED, error: Some(error) });
                continue;
            }
        };
        done.lateness.extend(due.slots.iter().map(|at| (now - *at).as_seconds_f64()));
        if let Some(missed) = due.skipped {
            done.skipped += missed.count;
            skipped.push((job.id, job.trigger_condition, missed));
        }
        decisions.push(Decision { job_id: job.id, next: due.next, error: None });
    }
    let made = insert_runs(&mut tx, &slots).await?;
    for (job_id, trigger, missed) in skipped {
        record_skipped(&mut tx, job_id, &trigger, missed).await?;
    }
    advance(&mut tx, &decisions).await?;
    ticket::push(&mut tx, &made).await?;
    tx.commit().await?;
    done.runs = made.len();
    Ok(done)
}

/// What a job's row means at `now`; an error is everything wrong with its configuration.
fn decide(
    condition: &str,
    config: &serde_json::Value,
    next_run_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<(Due, TriggerConfig), String> {
    let config = TriggerConfig::parse(condition, config, zone).map_err(|e| e.to_string())?;
    let due = match next_run_at {
        Some(slot) => config.due(slot, now),
        None => config.next_after(now).map(|next| Due { slots: vec![], skipped: None, next }),
    };
    due.map(|due| (due, config)).ok_or_else(|| "has no further slot".to_owned())
}

/// One run per slot, and per active site where the scope is `site`.
async fn insert_runs(connection: &mut PgConnection, slots: &[Slot]) -> Result<Vec<(i64, i32)>, StoreError> {
    if slots.is_empty() {
        return Ok(vec![]);
    }
    let made = sqlx::query!(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger, scheduled_for)
         SELECT slot.job_id, s.site_id, slot.trigger, slot.at
         FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::boolean[]) AS slot (job_id, trigger, at, per_site)
         LEFT JOIN biz.sites s ON slot.per_site AND s.status = 'active'
         WHERE s.site_id IS NOT NULL OR NOT slot.per_site
         ORDER BY slot.at, slot.job_id, s.site_id
         ON CONFLICT (job_id, site_id, scheduled_for) WHERE scheduled_for IS NOT NULL DO NOTHING
         RETURNING id, epoch",
        &slots.iter().map(|s| s.job_id).collect::<Vec<_>>(),
        &slots.iter().map(|s| s.trigger.clone()).collect::<Vec<_>>(),
        &slots.iter().map(|s| s.at).collect::<Vec<_>>(),
        &slots.iter().map(|s| s.per_site).collect::<Vec<_>>()
    )
    .fetch_all(connection)
    .await?;
    Ok(made.into_iter().map(|run| (run.id, run.epoch)).collect())
}

/// One row for all slots that a catch-up passed over.
async fn record_skipped(
    connection: &mut PgConnection,
    job_id: i64,
    trigger: &str,
    missed: Skipped,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO biz.trigger_runs (job_id, trigger, state, finished_at, error, stats)
         VALUES ($1, $2, 'skipped', now(), 'missed while nothing dispatched', $3)",
        job_id,
        trigger,
        json!({ "count": missed.count, "first": missed.first, "last": missed.last })
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn advance(connection: &mut PgConnection, decisions: &[Decision]) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.trigger_jobs j
         SET next_run_at = d.next,
             last_error = CASE WHEN d.error IS NOT NULL THEN $4 || d.error
                               WHEN starts_with(j.last_error, $4) THEN NULL
                               ELSE j.last_error END
         FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS d (job_id, next, error)
         WHERE j.id = d.job_id",
        &decisions.iter().map(|d| d.job_id).collect::<Vec<_>>(),
        &decisions.iter().map(|d| d.next).collect::<Vec<_>>(),
        &decisions.iter().map(|d| d.error.clone()).collect::<Vec<_>>() as &[Option<String>],
        UNREADABLE
    )
    .execute(connection)
    .await?;
    Ok(())
}
