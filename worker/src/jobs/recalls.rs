//! `recall_completion_check` and `recall_sweep`: which members came back.
use serde_json::json;
use store::operations::task::complete_recalls::{self, CompletedBy};
use warehouse::service_log::{self, PairSince};

use super::work::{Work, WorkError};
use crate::{JobContext, JobError, Outcome};

/// Completes every active recall whose member has been served by its coach since; returns how many. By state: late
/// rows count, and a second time changes nothing.
pub async fn complete(work: &Work) -> Result<u64, WorkError> {
    let mut tx = work.begin().await?;
    let open = complete_recalls::open_recalls(&mut tx).await?;
    tx.commit().await?;
    if open.is_empty() {
        return Ok(0);
    }
    let questions: Vec<PairSince> = open
        .iter()
        .map(|r| PairSince {
            key: r.task_id,
            assistant_id: r.assistant_id,
            member_id: r.member_id,
            since: r.created_at,
        })
        .collect();
    let mut warehouse = work.warehouse().await?;
    let answers = service_log::first_since(&mut warehouse, &questions).await?;
    warehouse.close().await?;
    let by: Vec<CompletedBy> = answers
        .iter()
        .map(|a| CompletedBy { task_id: a.key, service_id: a.service_id, service_time: a.create_time })
        .collect();
    let mut tx = work.begin().await?;
    let completed = complete_recalls::complete(&mut tx, &by).await?;
    tx.commit().await?;
    Ok(completed)
}

/// Both jobs do the same: the sweep finds what a lost event or a late replica left.
pub(crate) async fn check(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let completed = complete(&Work::of(&cx)?).await?;
    Ok(Outcome::Succeeded(json!({ "recallsCompleted": completed })))
}
