use store::operations::sandbox;

use super::runtime_out::{RuntimeOut, live};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{AdministeringBody, NoBody, PathId, Sandbox, Written},
};

/// Takes a site out of the sandbox; one that is live stays so.
#[utoipa::path(
    delete, path = "/api/admin/runtime-context/{id}", operation_id = "leaveSandbox", tag = "admin",
    responses((status = 200, body = Answer<RuntimeOut>))
)]
pub async fn leave(
    id: PathId,
    AdministeringBody { mut by, body: NoBody }: AdministeringBody<Sandbox, NoBody>,
) -> Result<Written<RuntimeOut>, ApiError> {
    let live = live(&mut by.tx, id.get()?).await?;
    sandbox::leave(&mut by.tx, live.site_id).await?;
    let now = RuntimeOut::now(&mut by.tx, &live).await?;
    by.finish(Answer::new(&live, now)).await
}
