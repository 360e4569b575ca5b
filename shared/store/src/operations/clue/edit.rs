use domain::clues::Clue;

use crate::{SiteTx, StoreError, db::clue as db};

/// Replaces what a clue says, if it still is the version that the edit was made on; the old words are kept.
/// [`StoreError::NotFound`] for no such clue, [`StoreError::Conflict`] where somebody edited it since.
pub async fn edit(tx: &mut SiteTx, id: i64, version: i32, clue: &Clue) -> Result<(), StoreError> {
    let (ctx, user_id) = (tx.ctx, tx.caller.user_id);
    let current = db::lock(tx.connection(), &ctx, id).await?.ok_or(StoreError::NotFound("clue"))?;
    if current != version {
        return Err(StoreError::Conflict(format!("the clue is at version {current}, not {version}").into()));
    }
    db::keep_version(tx.connection(), &ctx, id).await?;
    db::update(tx.connection(), &ctx, id, clue, user_id).await
}
