use chrono::{DateTime, Utc};
use domain::{clues::Clue, people::display_name};
use serde::Serialize;
use store::db::clue::ClueRow;
use utoipa::ToSchema;

use crate::error::{ApiError, FieldError};

/// What may bring a member back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClueOut {
    /// Clue.
    id: i64,
    /// Member.
    member_id: i64,
    /// Kind of clue, the site's own words.
    category: String,
    /// In one line.
    summary: String,
    /// At length.
    detail: Option<String>,
    /// manual or ai.
    source: String,
    /// Who wrote this version; null for the AI's.
    recorded_by_name: Option<String>,
    /// Rises with every edit; an edit names the one it was made on.
    version: i32,
    /// First written.
    created_at: DateTime<Utc>,
    /// This version stands since.
    updated_at: DateTime<Utc>,
}

impl From<ClueRow> for ClueOut {
    fn from(row: ClueRow) -> Self {
        Self {
            id: row.id,
            member_id: row.member_id,
            category: row.category,
            summary: row.summary,
            detail: row.detail,
            source: row.source,
            recorded_by_name: display_name(row.recorded_by.as_deref(), None).map(str::to_owned),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The words of a body, checked; `before` was wrong already.
pub(super) fn clue(
    mut before: Vec<FieldError>,
    category: &str,
    summary: &str,
    detail: Option<&str>,
) -> Result<Clue, ApiError> {
    match Clue::new(category, summary, detail) {
        Ok(clue) if before.is_empty() => Ok(clue),
        checked => {
            let refused = checked.err().into_iter().flatten();
            before.extend(refused.map(|refused| FieldError::new(refused.field, refused.why)));
            Err(ApiError::invalid(before))
        }
    }
}
