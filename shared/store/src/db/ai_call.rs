//! `biz.ai_calls`: what was asked of the AI and what came back, without personal data.
use std::time::Duration;

use domain::RuntimeContext;
use serde_json::Value;
use sqlx::PgConnection;

use crate::StoreError;

/// One call, whatever came of it. Names and phones have been replaced before it gets here.
#[derive(Clone, Debug)]
pub struct NewCall<'a> {
    /// `app6_note_score`, …
    pub application: &'a str,
    /// What it is about: note, member, or assistant:member.
    pub target_id: &'a str,
    /// Version of the prompt file.
    pub prompt_version: &'a str,
    /// Model asked.
    pub model: &'a str,
    /// The messages as sent.
    pub request: &'a Value,
    /// The answer as received; `None` = none came.
    pub answer: Option<&'a str>,
    /// As the endpoint counts.
    pub prompt_tokens: Option<i32>,
    /// As the endpoint counts.
    pub completion_tokens: Option<i32>,
    /// Until the answer was whole.
    pub took: Duration,
    /// ok, refused, failed, timeout.
    pub outcome: &'a str,
    /// Why, if it was not ok.
    pub error: Option<&'a str>,
}

/// Writes it down. Characters that no text column holds are left out of what came from outside.
pub async fn insert(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    call: &NewCall<'_>,
) -> Result<(), StoreError> {
    let clean = |text: &str| text.replace('\0', "");
    sqlx::query!(
        "INSERT INTO biz.ai_calls (site_id, application, target_id, prompt_version, model, request, answer,
             prompt_tokens, completion_tokens, duration_ms, outcome, error, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        ctx.site_id.0,
        call.application,
        call.target_id,
        call.prompt_version,
        call.model,
        call.request,
        call.answer.map(clean),
        call.prompt_tokens,
        call.completion_tokens,
        i32::try_from(call.took.as_millis()).unwrap_or(i32::MAX),
        call.outcome,
        call.error.map(clean),
        ctx.now
    )
    .execute(connection)
    .await?;
    Ok(())
}
