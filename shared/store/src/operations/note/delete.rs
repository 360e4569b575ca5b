//! An author takes a note back.
use serde_json::json;

use crate::{
    SiteTx, StoreError,
    db::{audit, note},
};

/// Why a note stays.
#[derive(Debug, thiserror::Error)]
pub enum Kept {
    /// No note of that id at this site.
    #[error("no such note")]
    NoSuchNote,
    /// Somebody else wrote it.
    #[error("another author's note")]
    NotTheAuthor,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deletes a note of the transaction's caller for good. The audit row of the same transaction keeps who, when, which,
/// and about whom, not what it said.
pub async fn delete(tx: &mut SiteTx, note_id: i64) -> Result<(), Kept> {
    let ctx = tx.ctx;
    let written = note::lock(tx.connection(), &ctx, note_id).await?.ok_or(Kept::NoSuchNote)?;
    if written.user_id != tx.caller.user_id {
        return Err(Kept::NotTheAuthor);
    }
    note::delete(tx.connection(), &ctx, note_id).await?;
    let entry = audit::Entry {
        who: (&*tx).into(),
        action: audit::Action::NoteDeleted,
        object: Some(("note", note_id.to_string())),
        detail: json!({
            "targetType": written.target_type,
            "targetId": written.target_id,
            "type": written.note_type,
            "taskId": written.task_id,
            "createdAt": written.created_at,
            // The log's own time is the database's.
            "removedAt": ctx.now,
        }),
    };
    audit::write(tx.connection(), &entry).await?;
    Ok(())
}
