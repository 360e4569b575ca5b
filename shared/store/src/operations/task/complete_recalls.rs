//! A member came back: the recall is done, and the world is told.
use chrono::{DateTime, Utc};

use crate::{StoreError, SystemTx, db::recall};

/// An active recall that waits for its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRecall {
    /// `biz.coach_tasks.id`.
    pub task_id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Services from then on complete it.
    pub created_at: DateTime<Utc>,
}

/// The service that completes a recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletedBy {
    /// The recall.
    pub task_id: i64,
    /// `assistant_service_id` in the warehouse.
    pub service_id: i64,
    /// Its `create_time`.
    pub service_time: DateTime<Utc>,
}

/// The active recalls of the site: by state, so that services that the ETL delivers late still count.
pub async fn open_recalls(tx: &mut SystemTx) -> Result<Vec<OpenRecall>, StoreError> {
    let site = tx.ctx.site_id;
    recall::open(tx.connection(), site).await
}

/// Completes recalls that are still active, each with a history row and one `recall_completed` event, in one
/// statement; returns how many. Running it twice changes nothing.
pub async fn complete(tx: &mut SystemTx, by: &[CompletedBy]) -> Result<u64, StoreError> {
    if by.is_empty() {
        return Ok(0);
    }
    let ctx = tx.ctx;
    recall::complete(tx.connection(), &ctx, by).await
}
