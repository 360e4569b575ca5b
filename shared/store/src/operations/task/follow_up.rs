//! After a recall that worked: the coach's first note becomes the follow-up, or a task asks for one.
use chrono::{DateTime, Utc};
use domain::tasks::{TaskStatus, follow_up::status_after_recall};
use serde::{Deserialize, Serialize};

use crate::{StoreError, SystemTx, db::follow_up as db};

/// The payload of `recall_completed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallCompleted {
    /// Site.
    pub site_id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// The completed recall.
    pub task_id: i64,
    /// The service that completed it.
    pub service_id: i64,
    /// When.
    pub service_time: DateTime<Utc>,
}

/// What was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", rename_all_fields = "camelCase")]
pub enum FollowedUp {
    /// The recall already has its follow-up: the event was delivered again.
    AlreadyThere,
    /// A task asks the coach to follow up.
    Asked {
        /// The follow-up.
        task_id: i64,
        /// The note that was reclassified, if there was one.
        note_id: Option<i64>,
    },
    /// A well-scored note had done it: recorded as completed.
    Recorded {
        /// The follow-up.
        task_id: i64,
        /// The note.
        note_id: i64,
    },
}

/// Follows up one completed recall; at most one follow-up ever comes of it, however often the event is delivered.
/// [`StoreError::NotFound`] where the event names no completed recall of the site.
pub async fn follow_up(tx: &mut SystemTx, event: &RecallCompleted) -> Result<FollowedUp, StoreError> {
    let ctx = tx.ctx;
    let Some(recall) = unfollowed(tx, event).await? else { return Ok(FollowedUp::AlreadyThere) };
    let note = db::reclassify_first_note(tx.connection(), &ctx, &recall, event.service_time).await?;
    let status = status_after_recall(note.and_then(|n| n.ai_score));
    db::supersede(tx.connection(), &ctx, &recall).await?;
    let task_id = db::insert(tx.connection(), &ctx, &recall, status, note.map(|n| n.id)).await?;
    Ok(match (status, note) {
        (TaskStatus::Completed, Some(note)) => FollowedUp::Recorded { task_id, note_id: note.id },
        (_, note) => FollowedUp::Asked { task_id, note_id: note.map(|n| n.id) },
    })
}

/// The note that following up would reclassify now, if it still has to be scored: AI is asked outside a transaction.
pub async fn note_to_score(tx: &mut SystemTx, event: &RecallCompleted) -> Result<Option<i64>, StoreError> {
    let ctx = tx.ctx;
    let Some(recall) = unfollowed(tx, event).await? else { return Ok(None) };
    let note = db::first_note(tx.connection(), &ctx, &recall, event.service_time).await?;
    Ok(note.filter(|note| note.ai_score.is_none()).map(|note| note.id))
}

/// The event's recall, locked: a second delivery waits, and then finds the follow-up. `None`: it has one.
async fn unfollowed(tx: &mut SystemTx, event: &RecallCompleted) -> Result<Option<db::Recall>, StoreError> {
    let ctx = tx.ctx;
    if event.site_id != ctx.site_id.0 {
        return Err(StoreError::Conflict("the event's payload names another site than the event".into()));
    }
    let recall = db::lock_recall(tx.connection(), &ctx, event.task_id)
        .await?
        .ok_or(StoreError::NotFound("completed recall"))?;
    if (recall.assistant_id, recall.member_id) != (event.assistant_id, event.member_id) {
        return Err(StoreError::Conflict("the event's coach and member are not those of its task".into()));
    }
    let follow_up = db::follow_up_of(tx.connection(), &ctx, event.task_id).await?;
    Ok(follow_up.is_none().then_some(recall))
}

/// Recalls completed in the last 30 business dates without a follow-up, oldest first.
pub async fn unanswered(tx: &mut SystemTx) -> Result<Vec<RecallCompleted>, StoreError> {
    let ctx = tx.ctx;
    db::unanswered(tx.connection(), &ctx).await
}
