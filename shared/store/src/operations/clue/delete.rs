use serde_json::json;

use crate::{
    SiteTx, StoreError,
    db::{audit, clue as db},
};

/// Deletes a clue; what it said is kept among the versions, and the log keeps who did it.
/// [`StoreError::NotFound`] for no such clue.
pub async fn delete(tx: &mut SiteTx, id: i64) -> Result<(), StoreError> {
    let ctx = tx.ctx;
    let version = db::lock(tx.connection(), &ctx, id).await?.ok_or(StoreError::NotFound("clue"))?;
    db::keep_version(tx.connection(), &ctx, id).await?;
    db::delete(tx.connection(), &ctx, id).await?;
    let entry = audit::Entry {
        who: (&*tx).into(),
        action: audit::Action::ClueDeleted,
        object: Some(("clue", id.to_string())),
        detail: json!({ "version": version }),
    };
    audit::write(tx.connection(), &entry).await
}
