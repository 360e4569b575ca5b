use axum::extract::State;
use domain::schedule::TriggerConfig;
use store::{db::job, scheduler::operate};

use super::slots_out::SlotsOut;
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{Administering, NoQuery, Ops, Params, PathId},
    state::AppState,
};

/// A job's next ten slots; of a disabled one, as if it were enabled now. 409 while its configuration cannot be read.
///
/// Round trips, whatever the number of rows: 5 to the business database
/// (BEGIN, caller, job, clock, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/jobs/{id}/preview", operation_id = "previewJob", tag = "ops",
    responses((status = 200, body = Answer<SlotsOut>, example = json!({
        "code": 0,
        "data": {
            "timezone": "Asia/Shanghai", "eventName": null,
            "slots": [{ "at": "2026-11-22T20:00:00Z", "local": "2026-11-23 04:00:00 +08:00" }]
        },
        "message": "ok", "runtime": null
    })))
)]
pub async fn upcoming(
    State(state): State<AppState>,
    id: PathId,
    Administering { mut tx, .. }: Administering<Ops>,
    _: Params<NoQuery>,
) -> Result<Answer<SlotsOut>, ApiError> {
    let job = job::list(tx.connection(), Some(id.get()?)).await?.pop().ok_or(Kind::NotFound)?;
    let now = operate::now(tx.connection()).await?;
    tx.commit().await?;
    let config = TriggerConfig::parse(&job.condition, &job.config, state.zone)
        .map_err(|_| ApiError::saying(Kind::Conflict, "任务的触发配置有误，请先修改配置"))?;
    let next = job.next_run_at.filter(|_| job.status == "enabled");
    Ok(Answer::siteless(SlotsOut::new(&config, state.zone, now, next)))
}
