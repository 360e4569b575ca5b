use super::run_out::{RunDetail, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Ops, Params, PathId},
};

/// A run: attempts, error, report, and its events.
///
/// Round trips, whatever the number of rows: 6 to the business database
/// (BEGIN, caller, plans, run, events, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/runs/{id}", operation_id = "showRun", tag = "ops",
    responses((status = 200, body = Answer<RunDetail>, example = json!({
        "code": 0,
        "data": { "run": {
            "id": 4711, "jobId": 3, "jobName": "recall_completion_check", "siteId": 1, "siteName": "朗朗桌球朝阳店",
            "trigger": "event", "state": "dead", "scheduledFor": null, "notBefore": "2026-11-22T04:10:00Z", "attempt": 5,
            "maxAttempts": 5, "epoch": 5, "worker": "worker-812-01KAMM2V7S9D8Q4E6G1X0ZB5RT", "eventCount": 1,
            "leaseUntil": null, "cancelRequestedAt": null, "createdAt": "2026-11-22T04:00:00Z",
            "startedAt": "2026-11-22T04:00:01Z", "finishedAt": "2026-11-22T04:10:03Z",
            "error": "the warehouse does not answer", "stats": null
        }, "events": [{
            "id": 90210, "eventName": "etl_data_updated", "siteId": 1, "payload": { "batch": "2026-11-22" },
            "createdAt": "2026-11-22T04:00:00Z"
        }] },
        "message": "ok", "runtime": null
    })))
)]
pub async fn show(
    id: PathId,
    Administering { mut tx, .. }: Administering<Ops>,
    _: Params<NoQuery>,
) -> Result<Answer<RunDetail>, ApiError> {
    let run = now(&mut tx, id.get()?).await?;
    tx.commit().await?;
    Ok(Answer::siteless(run))
}
