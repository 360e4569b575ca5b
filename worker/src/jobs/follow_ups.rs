//! `note_reclassify_backfill`: what comes after a recall that worked.
use ai::Chat;
use serde_json::json;
use store::{
    StoreError,
    operations::{
        note::score,
        task::follow_up::{self, FollowedUp, RecallCompleted},
    },
};

use super::{
    note_score,
    work::{Work, WorkError},
};
use crate::{JobContext, JobError, Outcome};

/// What is to be done about a note that the AI has not scored yet.
#[derive(Clone, Copy, Debug)]
pub enum Scoring<'a> {
    /// Decide without a score.
    Off,
    /// Score it first; where that fails, fail.
    Needed(&'a dyn Chat),
    /// Score it first; where that fails, decide without.
    IfPossible(&'a dyn Chat),
}

/// Follows up one completed recall: its note is scored first if it has no score, outside any transaction, and read again
/// before that counts.
pub async fn answer(
    work: &Work,
    event: &RecallCompleted,
    scoring: Scoring<'_>,
) -> Result<FollowedUp, WorkError> {
    let mut scoring = scoring;
    loop {
        let mut tx = work.begin().await?;
        let unscored = match scoring {
            Scoring::Off => None,
            Scoring::Needed(ai) | Scoring::IfPossible(ai) => {
                follow_up::note_to_score(&mut tx, event).await?.map(|note| (ai, note))
            }
        };
        let Some((ai, note_id)) = unscored else {
            let done = follow_up::follow_up(&mut tx, event).await?;
            tx.commit().await?;
            return Ok(done);
        };
        let note = score::load(&mut tx, note_id).await?;
        tx.commit().await?;
        // Deleted at this moment: the next round takes the next one.
        let Some(note) = note else { continue };
        match note_score::ask(work, ai, &note).await {
            Ok(verdict) => {
                let mut tx = work.begin().await?;
                score::score(&mut tx, note_id, &verdict).await?;
                tx.commit().await?;
            }
            Err(error) => match (scoring, note_score::is_about_the_ai(&error)) {
                (Scoring::IfPossible(_), Some(why)) => {
                    let site_id = work.site().0;
                    tracing::warn!(site_id, note_id, %why, "a recall is followed up without a score");
                    scoring = Scoring::Off;
                }
                _ => return Err(error),
            },
        }
    }
}

/// Completed recalls of the last 30 days that nothing has followed up: what a lost event leaves behind.
pub async fn unanswered(work: &Work) -> Result<Vec<RecallCompleted>, WorkError> {
    let mut tx = work.begin().await?;
    Ok(follow_up::unanswered(&mut tx).await?)
}

/// One event a run. Started by hand, without an event, it looks for recalls that were never followed up. The last attempt
/// goes without a score rather than leave the member without a follow-up.
pub(crate) async fn backfill(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let (work, scoring) = match cx.app.ai.as_deref() {
        None => (Work::without_warehouse(&cx)?, Scoring::Off),
        Some(ai) if cx.is_last_attempt() => (Work::of(&cx)?, Scoring::IfPossible(ai)),
        Some(ai) => (Work::of(&cx)?, Scoring::Needed(ai)),
    };
    let events = cx.events().await?;
    let recalls = if events.is_empty() {
        unanswered(&work).await?
    } else {
        events.iter().map(|e| e.parse()).collect::<Result<Vec<RecallCompleted>, StoreError>>()?
    };
    let mut done = Vec::with_capacity(recalls.len());
    for recall in &recalls {
        done.push(answer(&work, recall, scoring).await.map_err(|e| match e {
            // The event contradicts the database: no retry mends that.
            WorkError::Store(StoreError::Conflict(_) | StoreError::NotFound(_)) => JobError::fail(e),
            _ => e.into(),
        })?);
    }
    Ok(Outcome::Succeeded(json!({ "recalls": done })))
}
