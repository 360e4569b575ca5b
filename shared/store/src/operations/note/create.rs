//! Writing a note.
use domain::notes::{self, NoteError};
use serde_json::json;

use crate::{
    SiteTx, StoreError,
    db::note::{self, NewNote, Note},
    scheduler::events::{NewEvent, fire},
};

/// Why a note was not written.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No task of that id at this site.
    #[error("no such task")]
    NoSuchTask,
    /// The task is another coach's or another member's.
    #[error(transparent)]
    Link(NoteError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a note of the transaction's caller and fires `note_created` {note_id, task_id} in the same transaction; its
/// type follows the linked task.
pub async fn create(tx: &mut SiteTx, new: &NewNote) -> Result<Note, Refused> {
    let (ctx, caller) = (tx.ctx, tx.caller.clone());
    let linked = match new.task_id {
        None => None,
        Some(task_id) => {
            let task = note::linked_task(tx.connection(), &ctx, task_id).await?.ok_or(Refused::NoSuchTask)?;
            notes::may_link(&task, caller.assistant_id, new.target).map_err(Refused::Link)?;
            Some(task.task_type)
        }
    };
    let note_type = notes::note_type(linked);
    let author = (caller.user_id, caller.assistant_id);
    let id = note::insert(tx.connection(), &ctx, author, new, note_type).await?;
    let payload = json!({ "note_id": id, "task_id": new.task_id });
    let event =
        NewEvent { name: "note_created", site_id: Some(ctx.site_id), payload: &payload, dedup_key: None };
    fire(tx.connection(), event).await?;
    Ok(Note {
        id,
        note_type: note_type.as_str().to_owned(),
        content: Some(new.content.as_str().to_owned()),
        rating_service_willingness: new.rating_service_willingness.map(notes::Rating::get),
        rating_revisit_likelihood: new.rating_revisit_likelihood.map(notes::Rating::get),
        score: new.score.map(notes::Rating::get),
        ai_score: None,
        ai_analysis: None,
        author_name: caller.nickname,
        created_at: ctx.now,
        removed: false,
    })
}
