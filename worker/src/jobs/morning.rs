//! `task_generator` and `task_generator_refresh`. A site's morning: who came back, then whom to contact.
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    RuntimeContext,
    tasks::generator::{Employment, Pair, Stale, stat_date},
};
use serde::Serialize;
use serde_json::json;
use store::operations::task::{
    complete_recalls,
    generate::{self, Generated, Input},
    monthly,
};
use warehouse::{
    WarehouseTx, assistant,
    indices::{self, Morning, MorningPair},
};

use super::{
    recalls,
    work::{Work, WorkError},
};
use crate::{JobContext, JobError, Outcome};

/// What a morning came to.
#[derive(Debug)]
pub enum MorningOutcome {
    /// Tasks are as the snapshot wants them.
    Generated(Box<Record>),
    /// The warehouse is not fit for it.
    Skipped {
        /// Why.
        stale: Stale,
        /// Recalls completed all the same.
        recalls_completed: u64,
    },
}

/// The run's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Recalls completed first, so that a coach whose member came back is credited.
    pub recalls_completed: u64,
    /// Rows of the monthly statistics that moved.
    pub months_recounted: u64,
    /// The generator's part.
    #[serde(flatten)]
    pub generated: Generated,
}

/// What the warehouse says of a morning, read in one transaction.
struct Snapshot {
    morning: Morning,
    staff: HashMap<i64, Employment>,
}

/// Completes recalls, then generates from the newest complete snapshot. Running it again changes nothing more.
pub async fn run(work: &Work) -> Result<MorningOutcome, WorkError> {
    let ctx = work.context().await?;
    let mut warehouse = work.warehouse().await?;
    // Two servers, two questions that do not wait for each other.
    let (open, Snapshot { morning, staff }) =
        tokio::try_join!(recalls::open(work), read(&mut warehouse, &ctx))?;
    let stat_date =
        match stat_date(ctx.today(), morning.relation_date, morning.winback_date, morning.newconv_date) {
            Ok(date) => date,
            Err(stale) => {
                let served = recalls::served_since(&mut warehouse, &open).await?;
                warehouse.close().await?;
                let recalls_completed = recalls::credit(work, &served).await?;
                return Ok(MorningOutcome::Skipped { stale, recalls_completed });
            }
        };
    let pairs: Vec<Pair> = morning.pairs.iter().map(MorningPair::pair).collect();
    let mut tx = work.begin().await?;
    // The warehouse answers while the tasks are read, which takes longer.
    let (active, served) = tokio::try_join!(
        async { Ok(generate::lock(&mut tx).await?) },
        recalls::served_since(&mut warehouse, &open)
    )?;
    warehouse.close().await?;
    let recalls_completed = complete_recalls::complete(&mut tx, &served).await?;
    let answered: HashSet<i64> = served.iter().map(|s| s.task_id).collect();
    let active = active.into_iter().filter(|task| !answered.contains(&task.id)).collect();
    let input = Input { stat_date, pairs: &pairs, staff: &staff };
    let generated = generate::generate(&mut tx, &input, active).await?;
    let months_recounted = monthly::refresh(&mut tx).await?;
    tx.commit().await?;
    Ok(MorningOutcome::Generated(Box::new(Record { recalls_completed, months_recounted, generated })))
}

/// `task_generator`: the daily run.
pub(crate) async fn generate(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    outcome(&cx, run(&Work::of(&cx)?).await?)
}

/// `task_generator_refresh`: the ETL brought something; a morning only if it is a newer complete snapshot.
pub(crate) async fn refresh(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let work = Work::of(&cx)?;
    let used = last_generation(&work).await?;
    match newest_snapshot(&work).await? {
        Ok(newest) if used.is_some_and(|used| newest <= used) => {
            Ok(Outcome::Succeeded(json!({ "statDate": used, "unchanged": true })))
        }
        // A snapshot that is still incomplete is no alarm here: its other half comes with an event of its own, and the
        // daily run complains if it never does.
        Err(stale) => Ok(Outcome::Succeeded(json!({ "waiting": stale.to_string() }))),
        Ok(_) => outcome(&cx, run(&work).await?),
    }
}

fn outcome(cx: &JobContext<'_>, outcome: MorningOutcome) -> Result<Outcome, JobError> {
    match outcome {
        MorningOutcome::Generated(record) => {
            for bad in &record.generated.bad_coaches {
                tracing::warn!(
                    run_id = cx.run.id,
                    site_id = cx.run.site_id.map(|s| s.0),
                    assistant_id = bad.assistant_id,
                    pairs = bad.pairs,
                    why = bad.why,
                    "something is wrong with a coach's data"
                );
            }
            Outcome::succeeded(record)
        }
        MorningOutcome::Skipped { stale, recalls_completed } => Ok(Outcome::Skipped {
            reason: stale.to_string(),
            stats: json!({ "recallsCompleted": recalls_completed }),
        }),
    }
}

async fn last_generation(work: &Work) -> Result<Option<NaiveDate>, WorkError> {
    let mut tx = work.begin().await?;
    Ok(generate::last_stat_date(&mut tx).await?)
}

/// The date of the newest snapshot that all three indices have, or why there is none to work with.
pub async fn newest_snapshot(work: &Work) -> Result<Result<NaiveDate, Stale>, WorkError> {
    let ctx = work.context().await?;
    let mut warehouse = work.warehouse().await?;
    let dates = indices::dates(&mut warehouse, &ctx).await?;
    warehouse.close().await?;
    Ok(stat_date(ctx.today(), dates.relation_date, dates.winback_date, dates.newconv_date))
}

async fn read(warehouse: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Snapshot, WorkError> {
    let morning = indices::morning(warehouse, ctx).await?;
    let staff = assistant::roster(warehouse, ctx)
        .await?
        .into_iter()
        .map(|a| (a.assistant_id, a.employment()))
        .collect();
    Ok(Snapshot { morning, staff })
}

/// What a morning reads, without deciding or writing anything: the other side of its bench. Rows read.
pub(crate) async fn read_only(work: &Work) -> Result<usize, WorkError> {
    let ctx = work.context().await?;
    let mut warehouse = work.warehouse().await?;
    let Snapshot { morning, staff } = read(&mut warehouse, &ctx).await?;
    warehouse.close().await?;
    let mut tx = work.begin().await?;
    let active = generate::lock(&mut tx).await?;
    Ok(morning.pairs.len() + staff.len() + active.len())
}
