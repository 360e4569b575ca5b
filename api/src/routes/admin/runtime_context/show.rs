use super::runtime_out::{RuntimeOut, live};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Params, PathId, Sandbox},
};

/// What a site looks at: live, or the date of its sandbox.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, caller, site, sandbox, COMMIT), none to
/// the warehouse.
#[utoipa::path(
    get, path = "/api/admin/runtime-context/{id}", operation_id = "getRuntimeContext", tag = "admin",
    responses((status = 200, body = Answer<RuntimeOut>, example = json!({
        "code": 0,
        "data": {
            "siteId": 1, "mode": "sandbox", "sandboxDate": "2026-11-20", "expiresAt": "2026-11-22T06:00:00Z",
            "setBy": "管理员", "setAt": "2026-11-22T02:00:00Z", "today": "2026-11-22"
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
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
