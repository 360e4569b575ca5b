use chrono::{DateTime, Utc};
use domain::people::display_name;
use rust_decimal::Decimal;
use serde::Serialize;
use store::db::note::Note;
use utoipa::ToSchema;

/// A note as coaches and managers see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteOut {
    /// Note.
    id: i64,
    /// normal or follow_up.
    #[serde(rename = "type")]
    note_type: String,
    /// 1–2000 characters; null = removed since.
    content: Option<String>,
    /// How willing the member was, 1–5.
    rating_service_willingness: Option<i16>,
    /// How likely the member is to come back, 1–5.
    rating_revisit_likelihood: Option<i16>,
    /// Overall, 1–5.
    score: Option<i16>,
    /// Of the AI, 1–10; null = not scored.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    ai_score: Option<Decimal>,
    /// The AI's words.
    ai_analysis: Option<String>,
    /// Who wrote it.
    author_name: Option<String>,
    /// When.
    created_at: DateTime<Utc>,
    /// Its author has deleted it since: only a look at a past date still has its place.
    removed: bool,
}

impl From<Note> for NoteOut {
    fn from(note: Note) -> Self {
        Self {
            id: note.id,
            note_type: note.note_type,
            content: note.content,
            rating_service_willingness: note.rating_service_willingness,
            rating_revisit_likelihood: note.rating_revisit_likelihood,
            score: note.score,
            ai_score: note.ai_score,
            ai_analysis: note.ai_analysis,
            author_name: display_name(note.author_name.as_deref(), None).map(str::to_owned),
            created_at: note.created_at,
            removed: note.removed,
        }
    }
}
