//! `note_reclassify_backfill`: what comes after a recall that worked.
use serde_json::json;
use store::{
    StoreError,
    operations::task::follow_up::{self, FollowedUp, RecallCompleted},
};

use super::work::{Work, WorkError};
use crate::{JobContext, JobError, Outcome};

/// Follows up one completed recall.
pub async fn answer(work: &Work, event: &RecallCompleted) -> Result<FollowedUp, WorkError> {
    let mut tx = work.begin().await?;
    let done = follow_up::follow_up(&mut tx, event).await?;
    tx.commit().await?;
    Ok(done)
}

/// Completed recalls of the last 30 days that nothing has followed up: what a lost event leaves behind.
pub async fn unanswered(work: &Work) -> Result<Vec<RecallCompleted>, WorkError> {
    let mut tx = work.begin().await?;
    Ok(follow_up::unanswered(&mut tx).await?)
}

/// One event a run. Started by hand, without an event, it looks for recalls that were never followed up.
pub(crate) async fn backfill(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let work = Work::without_warehouse(&cx)?;
    let events = cx.events().await?;
    let recalls = if events.is_empty() {
        unanswered(&work).await?
    } else {
        events.iter().map(|e| e.parse()).collect::<Result<Vec<RecallCompleted>, StoreError>>()?
    };
    let mut done = Vec::with_capacity(recalls.len());
    for recall in &recalls {
        done.push(answer(&work, recall).await.map_err(|e| match e {
            // The event contradicts the database: no retry mends that.
            WorkError::Store(StoreError::Conflict(_) | StoreError::NotFound(_)) => JobError::fail(e),
            _ => e.into(),
        })?);
    }
    Ok(Outcome::Succeeded(json!({ "recalls": done })))
}
