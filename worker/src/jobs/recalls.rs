//! `recall_completion_check` and `recall_sweep`: which members came back.
use serde_json::json;
use store::operations::task::complete_recalls::{self, CompletedBy, OpenRecall};
use warehouse::{
    WarehouseTx,
    service_log::{self, PairSince},
};

use super::work::{Work, WorkError};
use crate::{JobContext, JobError, Outcome};

/// Completes every active recall whose member has been served by its coach since; returns how many. By state: late
/// rows count, and a second time changes nothing.
pub async fn complete(work: &Work) -> Result<u64, WorkError> {
    let open = open(work).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let mut warehouse = work.warehouse().await?;
    let served = served_since(&mut warehouse, &open).await?;
    warehouse.close().await?;
    credit(work, &served).await
}

/// The recalls that wait for their members.
pub(super) async fn open(work: &Work) -> Result<Vec<OpenRecall>, WorkError> {
    let mut tx = work.begin().await?;
    let open = complete_recalls::open_recalls(&mut tx).await?;
    tx.commit().await?;
    Ok(open)
}

/// Which of them have been answered, and by which service.
pub(super) async fn served_since(
    warehouse: &mut WarehouseTx,
    open: &[OpenRecall],
) -> Result<Vec<CompletedBy>, WorkError> {
    let questions: Vec<PairSince> = open
        .iter()
        .map(|r| PairSince {
            key: r.task_id,
            assistant_id: r.assistant_id,
            member_id: r.member_id,
            since: r.created_at,
        })
        .collect();
    let answers = service_log::first_since(warehouse, &questions).await?;
    Ok(answers
        .iter()
        .map(|a| CompletedBy { task_id: a.key, service_id: a.service_id, service_time: a.create_time })
        .collect())
}

/// Completes those; returns how many were still active.
pub(super) async fn credit(work: &Work, served: &[CompletedBy]) -> Result<u64, WorkError> {
    if served.is_empty() {
        return Ok(0);
    }
    let mut tx = work.begin().await?;
    let completed = complete_recalls::complete(&mut tx, served).await?;
    tx.commit().await?;
    Ok(completed)
}

/// Both jobs do the same: the sweep finds what a lost event or a late replica left.
pub(crate) async fn check(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let completed = complete(&Work::of(&cx)?).await?;
    Ok(Outcome::Succeeded(json!({ "recallsCompleted": completed })))
}
