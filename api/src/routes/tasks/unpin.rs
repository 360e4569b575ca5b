use axum::extract::State;
use domain::tasks::action::Action;

use super::now::{TaskNow, perform};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{NoBody, OwnOrSiteTasks, PathId, PermittedBody, Written},
    state::AppState,
};

/// Puts a pinned task back into line. Repeating it changes nothing and is no error.
#[utoipa::path(
    post, path = "/api/xcx/tasks/{id}/unpin", operation_id = "unpinTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<TaskNow>))
)]
pub async fn unpin(
    State(state): State<AppState>,
    id: PathId,
    PermittedBody { by, body: NoBody }: PermittedBody<OwnOrSiteTasks, NoBody>,
) -> Result<Written<TaskNow>, ApiError> {
    perform(&state, by, "/api/xcx/tasks/{id}/unpin", id.get()?, &Action::Unpin).await
}
