use axum::extract::State;
use domain::tasks::action::{Action, Reason};
use serde::Deserialize;
use utoipa::ToSchema;

use super::now::{TaskNow, perform};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{OwnOrSiteTasks, PathId, PermittedBody, Written},
    state::AppState,
};

/// Why a task is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbandonBody {
    /// 1–500 characters after trimming.
    #[schema(min_length = 1)]
    reason: String,
}

/// Gives a task up. It is listed after the active ones, and no task of its type is made for this member during the
/// cool-down.
#[utoipa::path(
    post, path = "/api/xcx/tasks/{id}/abandon", operation_id = "abandonTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    request_body = AbandonBody, security(("token" = [])), responses((status = 200, body = Answer<TaskNow>))
)]
pub async fn abandon(
    State(state): State<AppState>,
    id: PathId,
    PermittedBody { by, body }: PermittedBody<OwnOrSiteTasks, AbandonBody>,
) -> Result<Written<TaskNow>, ApiError> {
    let id = id.get()?;
    let reason = Reason::new(&body.reason).map_err(|why| ApiError::field("reason", why))?;
    perform(&state, by, "/api/xcx/tasks/{id}/abandon", id, &Action::Abandon(reason)).await
}
