use axum::extract::State;
use store::operations::job::{self, NotEnabled};

use super::job_out::{self, JobOut};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, NoBody, Ops, PathId, Written},
    state::AppState,
};

/// Lets a job run again, from now on: nothing was missed meanwhile. An enabled one stays as it is. 409 while its
/// configuration cannot be read: edit it first.
#[utoipa::path(
    post, path = "/api/ops/jobs/{id}/enable", operation_id = "enableJob", tag = "ops",
    responses((status = 200, body = Answer<JobOut>))
)]
pub async fn enable(
    State(state): State<AppState>,
    id: PathId,
    AdministeringBody { mut by, .. }: AdministeringBody<Ops, NoBody>,
) -> Result<Written<JobOut>, ApiError> {
    let id = id.get()?;
    job::enable(&mut by.tx, id, state.zone).await.map_err(|why| match why {
        NotEnabled::Config(_) => ApiError::saying(Kind::Conflict, "任务的触发配置有误，请先修改配置"),
        NotEnabled::Store(error) => error.into(),
    })?;
    let job = job_out::now(&mut by.tx, id, state.zone).await?;
    by.finish(Answer::siteless(job)).await
}
