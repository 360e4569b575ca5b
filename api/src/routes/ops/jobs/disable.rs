use axum::extract::State;
use store::operations::job;

use super::job_out::{self, JobOut};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{AdministeringBody, NoBody, Ops, PathId, Written},
    state::AppState,
};

/// Makes no more runs of a job, unless by hand; those that wait or run go on. A disabled one stays as it is.
#[utoipa::path(
    post, path = "/api/ops/jobs/{id}/disable", operation_id = "disableJob", tag = "ops",
    responses((status = 200, body = Answer<JobOut>))
)]
pub async fn disable(
    State(state): State<AppState>,
    id: PathId,
    AdministeringBody { mut by, .. }: AdministeringBody<Ops, NoBody>,
) -> Result<Written<JobOut>, ApiError> {
    let id = id.get()?;
    job::disable(&mut by.tx, id).await?;
    let job = job_out::now(&mut by.tx, id, state.zone).await?;
    by.finish(Answer::siteless(job)).await
}
