use axum::extract::State;
use store::db::job;

use super::job_out::JobOut;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, Ops},
    state::AppState,
};

/// Every job by name: its schedule, its next slot, how many of its runs wait, run or are dead, and what is wrong with it.
#[utoipa::path(
    get, path = "/api/ops/jobs", operation_id = "listJobs", tag = "ops",
    responses((status = 200, body = Answer<Vec<JobOut>>))
)]
pub async fn list(
    State(state): State<AppState>,
    Administering { mut tx, .. }: Administering<Ops>,
) -> Result<Answer<Vec<JobOut>>, ApiError> {
    let jobs = job::list(tx.connection(), None).await?;
    tx.commit().await?;
    Ok(Answer::siteless(jobs.into_iter().map(|job| JobOut::new(job, state.zone)).collect()))
}
