use store::{StoreError, operations::run};

use super::run_out::{RunDetail, now};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, NoBody, Ops, PathId, Written},
};

/// Tries a run again: a dead one with all its attempts, a failed one without waiting for its moment. 409 in any other state.
#[utoipa::path(
    post, path = "/api/ops/runs/{id}/retry", operation_id = "retryRun", tag = "ops",
    responses((status = 200, body = Answer<RunDetail>))
)]
pub async fn retry(
    id: PathId,
    AdministeringBody { mut by, .. }: AdministeringBody<Ops, NoBody>,
) -> Result<Written<RunDetail>, ApiError> {
    let id = id.get()?;
    run::retry(&mut by.tx, id).await.map_err(|error| match error {
        StoreError::Conflict(_) => ApiError::saying(Kind::Conflict, "只有失败或已死亡的运行可以重试"),
        error => error.into(),
    })?;
    let run = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(run)).await
}
