//! What a note's score, or its ratings, do to the task that it was written for.
use domain::notes::{self, Verdict};
use serde::Serialize;
use serde_json::json;

use crate::{
    StoreError, SystemTx,
    db::{
        note_score::{self as db, ScoredNote},
        task_action,
    },
};

/// What came of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", rename_all_fields = "camelCase")]
pub enum Judged {
    /// Its author has deleted it.
    Gone,
    /// It was scored before.
    AlreadyScored,
    /// It says nothing about a task that is active, or not enough.
    LeftActive,
    /// It completed its task.
    Completed {
        /// The task.
        task_id: i64,
    },
}

/// The note as scoring looks at it; `None` once it is deleted.
pub async fn load(tx: &mut SystemTx, note_id: i64) -> Result<Option<ScoredNote>, StoreError> {
    let ctx = tx.ctx;
    db::lock(tx.connection(), &ctx, note_id).await
}

/// Writes the AI's verdict on a note and completes its task by it, in one transaction; once per note, however often the
/// event is delivered.
pub async fn score(tx: &mut SystemTx, note_id: i64, verdict: &Verdict) -> Result<Judged, StoreError> {
    let ctx = tx.ctx;
    let Some(note) = db::lock(tx.connection(), &ctx, note_id).await? else { return Ok(Judged::Gone) };
    if note.ai_scored_at.is_some() {
        return Ok(Judged::AlreadyScored);
    }
    db::save(tx.connection(), &ctx, note_id, verdict).await?;
    let done = notes::completes_task(true, Some(verdict.score()), note.has_both_ratings());
    complete(tx, &note, done, json!({ "noteId": note_id, "aiScore": verdict.score() })).await
}

/// Where no AI is configured: both ratings complete the note's task.
pub async fn judge_by_ratings(tx: &mut SystemTx, note_id: i64) -> Result<Judged, StoreError> {
    let ctx = tx.ctx;
    let Some(note) = db::lock(tx.connection(), &ctx, note_id).await? else { return Ok(Judged::Gone) };
    let done = notes::completes_task(false, note.ai_score, note.has_both_ratings());
    let by = json!({
        "noteId": note_id,
        "ratingServiceWillingness": note.rating_service_willingness,
        "ratingRevisitLikelihood": note.rating_revisit_likelihood,
    });
    complete(tx, &note, done, by).await
}

/// Notes of the last 7 business dates that no AI has scored, oldest first, at most 100: what lost events leave behind.
pub async fn unjudged(tx: &mut SystemTx) -> Result<Vec<i64>, StoreError> {
    let ctx = tx.ctx;
    db::unscored(tx.connection(), &ctx, 7, 100).await
}

async fn complete(
    tx: &mut SystemTx,
    note: &ScoredNote,
    done: bool,
    by: serde_json::Value,
) -> Result<Judged, StoreError> {
    let ctx = tx.ctx;
    match note.task_id {
        Some(task_id) if done && task_action::complete(tx.connection(), &ctx, task_id, &by).await? => {
            Ok(Judged::Completed { task_id })
        }
        _ => Ok(Judged::LeftActive),
    }
}
