//! `biz.dws_assistant_task_monthly`, recounted where something may have changed.
use crate::{StoreError, SystemTx, db::task_monthly};

/// Recounts the current business month and every month with a task changed since the last recount; returns how many
/// rows moved.
pub async fn refresh(tx: &mut SystemTx) -> Result<u64, StoreError> {
    let ctx = tx.ctx;
    task_monthly::refresh(tx.connection(), &ctx).await
}
