//! Tasks whose time has run out.
use crate::{StoreError, SystemTx, db::task_change};

/// Ends every active task of the site whose `expires_at` has come; returns how many.
pub async fn expire(tx: &mut SystemTx) -> Result<u64, StoreError> {
    let ctx = tx.ctx;
    task_change::expire(tx.connection(), &ctx).await
}
