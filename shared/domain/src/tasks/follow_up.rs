//! What comes after a recall that worked.
use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;

use super::TaskStatus;

/// AI scores at or above this say that the follow-up has been done well.
pub const DONE_SCORE: Decimal = Decimal::from_parts(6, 0, 0, false, 0);

/// How long a follow-up stays beside a newer task.
pub const HOLD: Duration = Duration::hours(48);

/// A note as the rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteFact {
    /// `biz.notes.id`.
    pub id: i64,
    /// Whether its type is `normal`.
    pub is_normal: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// The first `normal` note written after the service: it becomes `follow_up`.
pub fn note_to_reclassify(
    service_time: DateTime<Utc>,
    notes: impl IntoIterator<Item = NoteFact>,
) -> Option<NoteFact> {
    notes
        .into_iter()
        .filter(|n| n.is_normal && n.created_at > service_time)
        .min_by_key(|n| (n.created_at, n.id))
}

/// Whether the follow-up is recorded as done already: only a note with a score of 6 or more says so.
pub fn status_after_recall(score_of_note: Option<Decimal>) -> TaskStatus {
    match score_of_note {
        Some(score) if score >= DONE_SCORE => TaskStatus::Completed,
        _ => TaskStatus::Active,
    }
}

/// When a follow-up that a newer task stands beside ends: 48 hours after it was made, never prolonged.
pub fn hold_until(created_at: DateTime<Utc>) -> DateTime<Utc> {
    created_at + HOLD
}
