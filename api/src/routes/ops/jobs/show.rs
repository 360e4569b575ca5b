use axum::extract::State;

use super::job_out::{JobOut, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Ops, Params, PathId},
    state::AppState,
};

/// A job.
///
/// Round trips, whatever the number of rows: 4 to the business database
/// (BEGIN, caller, job, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/jobs/{id}", operation_id = "showJob", tag = "ops",
    responses((status = 200, body = Answer<JobOut>, example = json!({
        "code": 0,
        "data": {
            "id": 1, "jobName": "task_generator", "jobType": "task_generator", "triggerCondition": "cron",
            "triggerConfig": { "cron_expression": "0 4 * * *", "timezone": "Asia/Shanghai" }, "status": "enabled",
            "description": "Every morning: whom each coach should contact, and why.",
            "lastRunAt": "2026-11-21T20:00:07Z", "nextRunAt": "2026-11-22T20:00:00Z", "lastError": null,
            "updatedAt": "2026-03-01T00:00:00Z", "waiting": 0, "running": 0, "dead": 0, "hasWorker": true, "problems": []
        },
        "message": "ok", "runtime": null
    })))
)]
pub async fn show(
    State(state): State<AppState>,
    id: PathId,
    Administering { mut tx, .. }: Administering<Ops>,
    _: Params<NoQuery>,
) -> Result<Answer<JobOut>, ApiError> {
    let job = now(&mut tx, id.get()?, state.zone).await?;
    tx.commit().await?;
    Ok(Answer::siteless(job))
}
