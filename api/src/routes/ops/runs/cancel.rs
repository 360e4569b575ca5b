use store::{StoreError, operations::run};

use super::run_out::{RunDetail, now};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, NoBody, Ops, PathId, Written},
};

/// Cancels a run: one that waits at once, with the events it drops on record; a running one is asked to stop, and its worker
/// does so within seconds. 409 if it has ended.
#[utoipa::path(
    post, path = "/api/ops/runs/{id}/cancel", operation_id = "cancelRun", tag = "ops",
    responses((status = 200, body = Answer<RunDetail>))
)]
pub async fn cancel(
    id: PathId,
    AdministeringBody { mut by, .. }: AdministeringBody<Ops, NoBody>,
) -> Result<Written<RunDetail>, ApiError> {
    let id = id.get()?;
    run::cancel(&mut by.tx, id).await.map_err(|error| match error {
        StoreError::Conflict(_) => ApiError::saying(Kind::Conflict, "该运行已经结束"),
        error => error.into(),
    })?;
    let run = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(run)).await
}
