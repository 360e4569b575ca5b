use super::run_out::{RunDetail, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, Ops, PathId},
};

/// A run: attempts, error, report, and its events.
#[utoipa::path(
    get, path = "/api/ops/runs/{id}", operation_id = "showRun", tag = "ops",
    responses((status = 200, body = Answer<RunDetail>))
)]
pub async fn show(
    id: PathId,
    Administering { mut tx, .. }: Administering<Ops>,
) -> Result<Answer<RunDetail>, ApiError> {
    let run = now(&mut tx, id.get()?).await?;
    tx.commit().await?;
    Ok(Answer::siteless(run))
}
