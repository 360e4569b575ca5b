use super::runtime_out::{RuntimeOut, live};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Params, PathId, Sandbox},
};

/// What a site looks at: live, or the date of its sandbox.
#[utoipa::path(
    get, path = "/api/admin/runtime-context/{id}", operation_id = "getRuntimeContext", tag = "admin",
    responses((status = 200, body = Answer<RuntimeOut>))
)]
pub async fn show(
    Administering { mut tx, .. }: Administering<Sandbox>,
    id: PathId,
    _: Params<NoQuery>,
) -> Result<Answer<RuntimeOut>, ApiError> {
    let live = live(&mut tx, id.get()?).await?;
    let now = RuntimeOut::now(&mut tx, &live).await?;
    tx.commit().await?;
    Ok(Answer::new(&live, now))
}
