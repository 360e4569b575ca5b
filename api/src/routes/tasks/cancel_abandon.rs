use axum::extract::State;
use domain::tasks::action::Action;

use super::now::{TaskNow, perform};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{NoBody, OwnOrSiteTasks, PathId, PermittedBody, Written},
    state::AppState,
};

/// Takes an abandoned task up again; 409 if a task of its type for this member has been made since.
#[utoipa::path(
    post, path = "/api/xcx/tasks/{id}/cancel-abandon", operation_id = "cancelAbandonTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<TaskNow>))
)]
pub async fn cancel_abandon(
    State(state): State<AppState>,
    id: PathId,
    PermittedBody { by, body: NoBody }: PermittedBody<OwnOrSiteTasks, NoBody>,
) -> Result<Written<TaskNow>, ApiError> {
    perform(&state, by, "/api/xcx/tasks/{id}/cancel-abandon", id.get()?, &Action::CancelAbandon).await
}

/// The same as cancel-abandon.
#[utoipa::path(
    post, path = "/api/xcx/tasks/{id}/restore", operation_id = "restoreTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<TaskNow>))
)]
pub async fn restore(
    State(state): State<AppState>,
    id: PathId,
    PermittedBody { by, body: NoBody }: PermittedBody<OwnOrSiteTasks, NoBody>,
) -> Result<Written<TaskNow>, ApiError> {
    perform(&state, by, "/api/xcx/tasks/{id}/restore", id.get()?, &Action::CancelAbandon).await
}
