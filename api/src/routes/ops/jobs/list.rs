use axum::extract::State;
use store::db::job;

use super::job_out::JobOut;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Ops, Params},
    state::AppState,
};

/// Every job by name: its schedule, its next slot, how many of its runs wait, run or are dead, and what is wrong with it.
///
/// Round trips, whatever the number of rows: 4 to the business database
/// (BEGIN, caller, jobs, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/jobs", operation_id = "listJobs", tag = "ops",
    responses((status = 200, body = Answer<Vec<JobOut>>, example = json!({
        "code": 0,
        "data": [{
            "id": 1, "jobName": "task_generator", "jobType": "task_generator", "triggerCondition": "cron",
            "triggerConfig": { "cron_expression": "0 4 * * *", "timezone": "Asia/Shanghai" }, "status": "enabled",
            "description": "Every morning: whom each coach should contact, and why.",
            "lastRunAt": "2026-11-21T20:00:07Z", "nextRunAt": "2026-11-22T20:00:00Z", "lastError": null,
            "updatedAt": "2026-03-01T00:00:00Z", "waiting": 0, "running": 0, "dead": 0, "hasWorker": true, "problems": []
        }],
        "message": "ok", "runtime": null
    })))
)]
pub async fn list(
    State(state): State<AppState>,
    Administering { mut tx, .. }: Administering<Ops>,
    _: Params<NoQuery>,
) -> Result<Answer<Vec<JobOut>>, ApiError> {
    let jobs = job::list(tx.connection(), None).await?;
    tx.commit().await?;
    Ok(Answer::siteless(jobs.into_iter().map(|job| JobOut::new(job, state.zone)).collect()))
}
