use axum::extract::State;
use domain::tasks::{action::Reason, generator::Employment};
use serde::Deserialize;
use store::operations::task::transfer::{Transfer, transfer as hand_over};
use utoipa::ToSchema;
use warehouse::assistant;

use super::now::{Before, TaskNow};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError},
    extract::{MAX_ID, PathId, PermittedBody, TransferTasks, Written},
    state::AppState,
};

/// To whom a task goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferBody {
    /// The coach who gets it.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    assistant_id: i64,
    /// 1–500 characters after trimming.
    #[schema(min_length = 1)]
    reason: String,
}

impl TransferBody {
    fn check(self) -> Result<(i64, Reason), ApiError> {
        let mut errors = Vec::new();
        if !(1..=MAX_ID).contains(&self.assistant_id) {
            errors.push(FieldError::new("assistantId", "须为正整数"));
        }
        match Reason::new(&self.reason) {
            Ok(reason) if errors.is_empty() => Ok((self.assistant_id, reason)),
            checked => {
                errors.extend(checked.err().map(|why| FieldError::new("reason", why)));
                Err(ApiError::invalid(errors))
            }
        }
    }
}

/// Hands an active task to another coach of the site, who gets a task of the same type, score and reason. 422 if that
/// coach has resigned or is not bound, 409 if they have such a task. 503 without the warehouse, which knows who resigned.
#[utoipa::path(
    post, path = "/api/xcx/tasks/{id}/transfer", operation_id = "transferTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    request_body = TransferBody, security(("token" = [])), responses((status = 200, body = Answer<TaskNow>))
)]
pub async fn transfer(
    State(state): State<AppState>,
    id: PathId,
    PermittedBody { mut by, body }: PermittedBody<TransferTasks, TransferBody>,
) -> Result<Written<TaskNow>, ApiError> {
    let id = id.get()?;
    let (to, reason) = body.check()?;
    let before = Before::read(&state, &mut by, "/api/xcx/tasks/{id}/transfer", id).await?;
    let ctx = by.tx.ctx;
    let mut facts = by.warehouse.begin().await?;
    let roster = assistant::roster(&mut facts, &ctx).await?;
    facts.close().await?;
    let employment = match roster.iter().find(|coach| coach.assistant_id == to) {
        Some(coach) if coach.resigned => Employment::Resigned,
        Some(_) => Employment::Employed,
        None => Employment::Unlisted,
    };
    let successor = hand_over(&mut by.tx, id, &Transfer { to, employment, reason }).await?;
    before.finish(by, Some(successor)).await
}
