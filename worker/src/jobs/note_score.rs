//! `note_ai_score`: what a note says about the task that it was written for.
use ai::{
    Chat,
    note_score::{self, NoVerdict},
};
use domain::notes::Verdict;
use serde::Deserialize;
use serde_json::json;
use store::{
    StoreError,
    db::{
        ai_call::{self, NewCall},
        note_score::ScoredNote,
    },
    operations::note::score::{self as scoring, Judged},
};
use warehouse::{assistant, member};

use super::work::{Work, WorkError};
use crate::{JobContext, JobError, Outcome};

/// The payload of `note_created`; what else it says is read from the note itself.
#[derive(Clone, Copy, Debug, Deserialize)]
struct NoteCreated {
    note_id: i64,
}

/// Judges one note: by the AI where there is one, else by its ratings. The AI is asked outside any transaction, and the
/// note read again before its verdict counts: it may have been deleted, or scored by another run.
pub async fn judge(work: &Work, ai: Option<&dyn Chat>, note_id: i64) -> Result<Judged, WorkError> {
    let Some(ai) = ai else {
        let mut tx = work.begin().await?;
        let judged = scoring::judge_by_ratings(&mut tx, note_id).await?;
        tx.commit().await?;
        return Ok(judged);
    };
    let mut tx = work.begin().await?;
    let note = scoring::load(&mut tx, note_id).await?;
    tx.commit().await?;
    match note {
        None => Ok(Judged::Gone),
        Some(note) if note.ai_scored_at.is_some() => Ok(Judged::AlreadyScored),
        Some(note) => {
            let verdict = ask(work, ai, &note).await?;
            let mut tx = work.begin().await?;
            let judged = scoring::score(&mut tx, note_id, &verdict).await?;
            tx.commit().await?;
            Ok(judged)
        }
    }
}

/// Asks the AI about a note, and writes the call down whatever came of it. Its member, its author and the hall's coaches
/// are not named to it.
pub(crate) async fn ask(work: &Work, ai: &dyn Chat, note: &ScoredNote) -> Result<Verdict, WorkError> {
    let ctx = work.context().await?;
    let mut warehouse = work.warehouse().await?;
    let members = member::names(&mut warehouse, &ctx, note.member_id.as_slice()).await?;
    let coaches = assistant::roster(&mut warehouse, &ctx).await?;
    warehouse.close().await?;
    let names = members.iter().filter_map(|m| m.name.as_deref());
    let names = names.chain(coaches.iter().filter_map(|c| c.name.as_deref()));
    let names: Vec<&str> = names.chain(note.author_name.as_deref()).collect();
    let shown = note_score::Note {
        content: &note.content,
        rating_service_willingness: note.rating_service_willingness,
        rating_revisit_likelihood: note.rating_revisit_likelihood,
        score: note.score,
    };
    let (call, verdict) = note_score::score(ai, &shown, names).await;

    let mut tx = work.begin().await?;
    let ctx = tx.ctx;
    let row = NewCall {
        application: call.application,
        target_id: &note.id.to_string(),
        prompt_version: call.prompt_version,
        model: &call.model,
        request: &call.request,
        answer: call.answer.as_deref(),
        prompt_tokens: call.prompt_tokens,
        completion_tokens: call.completion_tokens,
        took: call.took,
        outcome: call.outcome.as_str(),
        error: call.error.as_deref(),
    };
    ai_call::insert(tx.connection(), &ctx, &row).await?;
    tx.commit().await?;
    verdict.map_err(|why| WorkError::Ai { note_id: note.id, why })
}

/// One event a run. Started by hand, without an event, it looks for notes that were never judged.
pub(crate) async fn check(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let ai = cx.app.ai.as_deref();
    // Without AI there are no names to hide, and no need of the warehouse.
    let work = if ai.is_some() { Work::of(&cx)? } else { Work::without_warehouse(&cx)? };
    let events = cx.events().await?;
    let notes = if events.is_empty() {
        let mut tx = work.begin().await?;
        scoring::unjudged(&mut tx).await?
    } else {
        let read = events.iter().map(|e| e.parse().map(|e: NoteCreated| e.note_id));
        read.collect::<Result<Vec<i64>, StoreError>>()?
    };
    let mut done = Vec::with_capacity(notes.len());
    for note_id in notes {
        done.push(json!({ "noteId": note_id, "judged": judge(&work, ai, note_id).await? }));
    }
    Ok(Outcome::Succeeded(json!({ "notes": done })))
}

/// Whether it is the AI that has nothing to say: the work around it may go on without.
pub(crate) fn is_about_the_ai(error: &WorkError) -> Option<&NoVerdict> {
    match error {
        WorkError::Ai { why, .. } => Some(why),
        _ => None,
    }
}
