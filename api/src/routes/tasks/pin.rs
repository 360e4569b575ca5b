use axum::extract::State;
use domain::tasks::action::Action;

use super::now::{TaskNow, perform};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{NoBody, OwnOrSiteTasks, PathId, PermittedBody, Written},
    state::AppState,
};

/// Pins a task to the top of its list. Repeating it changes nothing and is no error.
#[utoipa::path(
    post, path = "/api/xcx/tasks/{id}/pin", operation_id = "pinTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<TaskNow>))
)]
pub async fn pin(
    State(state): State<AppState>,
    id: PathId,
    PermittedBody { by, body: NoBody }: PermittedBody<OwnOrSiteTasks, NoBody>,
) -> Result<Written<TaskNow>, ApiError> {
    perform(&state, by, "/api/xcx/tasks/{id}/pin", id.get()?, &Action::Pin).await
}
