//! What the end of an attempt does to the run and to its job.
use std::{collections::BTreeMap, time::Duration};

use domain::SiteId;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};

use super::Run;
use crate::{Fence, StoreError, jobs::ticket};

/// What [`finish`] says to the database first and last; for benches.
pub const SQL: [&str; 2] = [include_str!("finish.sql"), include_str!("siblings.sql")];

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Done, with the handler's stats.
    Succeeded(Value),
    /// Not done, for a reason; final.
    Skipped {
        /// In words.
        reason: String,
        /// The handler's stats.
        stats: Value,
    },
    /// Again after a while.
    Failed {
        /// What went wrong.
        error: String,
        /// How long until the run is eligible.
        retry_in: Duration,
    },
    /// Never again, unless an operator says so.
    Dead {
        /// What went wrong.
        error: String,
    },
    /// Stopped because someone asked for it.
    Cancelled,
    /// Back to the queue as if it had not been tried: the process had to go.
    GivenBack,
}

/// An attempt that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Whose end it is; without the epoch nothing is written.
    pub fence: Fence,
    /// The job, for `last_run_at` and `last_error`.
    pub job_id: i64,
    /// The site, to say where a failure was.
    pub site_id: Option<SiteId>,
    /// So many dead runs in a row disable the job; 0 = never.
    pub pause_after: u32,
    /// How it ended.
    pub end: End,
}

/// What [`finish`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Runs whose end was written, by the state they are in now; the others were no longer ours.
    pub states: BTreeMap<i64, String>,
    /// Jobs disabled by `pause_after`.
    pub paused: Vec<i64>,
}

impl End {
    fn state(&self) -> &'static str {
        match self {
            Self::Succeeded(_) => "succeeded",
            Self::Skipped { .. } => "skipped",
            Self::Failed { .. } => "failed",
            Self::Dead { .. } => "dead",
            Self::Cancelled => "cancelled",
            Self::GivenBack => "queued",
        }
    }

    fn error(&self) -> Option<&str> {
        match self {
            Self::Succeeded(_) | Self::Cancelled | Self::GivenBack => None,
            Self::Skipped { reason, .. } => Some(reason),
            Self::Failed { error, .. } | Self::Dead { error } => Some(error),
        }
    }

    fn stats(&self) -> Option<&Value> {
        match self {
            Self::Succeeded(stats) | Self::Skipped { stats, .. } => Some(stats),
            _ => None,
        }
    }
}

impl Ended {
    /// The end of an attempt at `run`.
    pub fn new(run: &Run, end: End) -> Self {
        Self {
            fence: run.fence(),
            job_id: run.job_id,
            site_id: run.site_id,
            pause_after: run.options.as_ref().map_or(0, |o| o.pause_after),
            end,
        }
    }
}

/// Writes the ends of several runs in one transaction, with what follows for their jobs, and pushes a ticket if
/// siblings waited for them. Waits for transactions that hold a run's fence, so that no effect commits after the
/// end.
pub async fn finish(pool: &PgPool, ended: &[Ended]) -> Result<Finished, StoreError> {
    let mut tx = pool.begin().await?;
    let mut done = Finished { states: end_runs(&mut tx, ended).await?, paused: vec![] };
    let ours: Vec<&Ended> = ended.iter().filter(|e| done.states.contains_key(&e.fence.run_id)).collect();
    note_on_jobs(&mut tx, &ours).await?;
    for (job_id, pause_after) in deaths(&ours) {
        if pause(&mut tx, job_id, pause_after).await? {
            done.paused.push(job_id);
        }
    }
    let waits = waiting_sibling(&mut tx, &ours).await?;
    ticket::push(&mut tx, waits.as_slice()).await?;
    tx.commit().await?;
    Ok(done)
}

async fn end_runs(
    connection: &mut PgConnection,
    ended: &[Ended],
) -> Result<BTreeMap<i64, String>, StoreError> {
    let delay = |e: &Ended| match e.end {
        End::Failed { retry_in, .. } => retry_in.as_secs_f64(),
        _ => 0.0,
    };
    let rows = sqlx::query_file!(
        "src/scheduler/finish.sql",
        &ended.iter().map(|e| e.fence.run_id).collect::<Vec<_>>(),
        &ended.iter().map(|e| e.fence.epoch).collect::<Vec<_>>(),
        &ended.iter().map(|e| e.end.state().to_owned()).collect::<Vec<_>>(),
        &ended.iter().map(|e| e.end.error().map(str::to_owned)).collect::<Vec<_>>() as &[Option<String>],
        &ended.iter().map(|e| e.end.stats().cloned()).collect::<Vec<_>>() as &[Option<Value>],
        &ended.iter().map(delay).collect::<Vec<_>>(),
        &ended.iter().map(|e| e.fence.claim).collect::<Vec<_>>()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.state)).collect())
}

/// Where a failure was, at the beginning of `last_error`: only a success at the same place clears it.
pub(super) fn place(site: Option<SiteId>) -> String {
    site.map_or_else(|| "all sites: ".to_owned(), |id| format!("site {id}: "))
}

/// `last_run_at` and `last_error`, once per job; a job that ends runs many times a second is written once a second.
async fn note_on_jobs(connection: &mut PgConnection, ended: &[&Ended]) -> Result<(), StoreError> {
    let mut jobs: BTreeMap<i64, (Option<String>, Vec<String>)> = BTreeMap::new();
    for e in ended.iter().filter(|e| e.end != End::GivenBack) {
        let (error, good) = jobs.entry(e.job_id).or_default();
        match &e.end {
            End::Failed { error: why, .. } | End::Dead { error: why } => {
                *error = Some(format!("{}{why}", place(e.site_id)));
            }
            _ => good.push(place(e.site_id)),
        }
    }
    for (job_id, (error, good)) in jobs {
        sqlx::query!(
            "UPDATE biz.trigger_jobs SET last_run_at = now(),
                 last_error = CASE WHEN $2::text IS NOT NULL THEN $2::text
                                   WHEN last_error ^@ ANY ($3::text[]) THEN NULL ELSE last_error END
             WHERE id = $1 AND (last_run_at IS NULL OR last_run_at < now() - interval '1 second'
                                OR $2::text IS NOT NULL OR last_error ^@ ANY ($3::text[]))",
            job_id,
            error,
            &good
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn deaths(ended: &[&Ended]) -> BTreeMap<i64, u32> {
    let dead = ended.iter().filter(|e| matches!(e.end, End::Dead { .. }) && e.pause_after > 0);
    dead.map(|e| (e.job_id, e.pause_after)).collect()
}

/// Disables a job whose newest runs are all dead; an edit, and so enabling it, begins a new row. The caller has
/// written to the job's row before: two that end at once see each other.
pub(super) async fn pause(
    connection: &mut PgConnection,
    job_id: i64,
    pause_after: u32,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "UPDATE biz.trigger_jobs SET status = 'disabled',
             last_error = 'disabled after ' || $2::bigint || ' dead runs in a row; the last: ' || coalesce(last_error, '')
         WHERE id = $1 AND status = 'enabled' AND (
             SELECT count(*) = $2 AND bool_and(state = 'dead') FROM (
                 SELECT state FROM biz.trigger_runs
                 WHERE job_id = $1 AND finished_at > trigger_jobs.updated_at AND state IN ('succeeded', 'dead')
                 ORDER BY finished_at DESC, id DESC LIMIT $2) AS newest)",
        job_id,
        i64::from(pause_after)
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One of the runs that could not start while one of these was running, if there are any.
async fn waiting_sibling(
    connection: &mut PgConnection,
    ended: &[&Ended],
) -> Result<Option<(i64, i32)>, StoreError> {
    let row = sqlx::query_file!(
        "src/scheduler/siblings.sql",
        &ended.iter().map(|e| e.job_id).collect::<Vec<_>>(),
        &ended.iter().map(|e| e.site_id.map_or(0, |s| s.0)).collect::<Vec<_>>()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| (r.id, r.epoch)))
}
