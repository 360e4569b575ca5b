use axum::extract::State;

use super::job_out::{JobOut, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, Ops, PathId},
    state::AppState,
};

/// A job.
#[utoipa::path(
    get, path = "/api/ops/jobs/{id}", operation_id = "showJob", tag = "ops",
    responses((status = 200, body = Answer<JobOut>))
)]
pub async fn show(
    State(state): State<AppState>,
    id: PathId,
    Administering { mut tx, .. }: Administering<Ops>,
) -> Result<Answer<JobOut>, ApiError> {
    let job = now(&mut tx, id.get()?, state.zone).await?;
    tx.commit().await?;
    Ok(Answer::siteless(job))
}
