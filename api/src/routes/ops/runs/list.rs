use axum::extract::State;
use store::db::run_list::{self, Filter, STATES};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::run_out::RunOut;
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{Administering, FromQuery, Ops, Params, QueryReader},
    openapi::{self, query},
    routes::days::Days,
    state::AppState,
};

/// Which runs.
pub struct RunsQuery {
    job_id: Option<i64>,
    site_id: Option<i64>,
    state: Option<&'static str>,
    days: Days,
    page: PageRequest,
}

impl IntoParams for RunsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = vec![
            query("jobId", false, "Only those of this job.", openapi::id()),
            query("siteId", false, "Only those at this site.", openapi::id()),
            query("state", false, "Only those in this state.", openapi::one_of(STATES)),
        ];
        params.extend(Days::params());
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for RunsQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (job_id, site_id) = (query.id("jobId"), query.id("siteId"));
        let state = query.word("state", &STATES);
        let days = Days::read(query);
        Some(Self { job_id, site_id, state, days, page: query.page()? })
    }
}

/// Runs of every site, newest first, filtered by job, site, state and the day on which they were made.
///
/// `total` counts 10,000 rows and no more, or as many as lie before the end of the page and one.
///
/// Round trips, whatever the number of rows: 6 to the business database
/// (BEGIN, caller, plans, how many, runs, COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/ops/runs", operation_id = "listRuns", tag = "ops", params(RunsQuery),
    responses((status = 200, body = Answer<Page<RunOut>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 4711, "jobId": 3, "jobName": "recall_completion_check", "siteId": 1, "siteName": "朗朗桌球朝阳店",
            "trigger": "event", "state": "dead", "scheduledFor": null, "notBefore": "2026-11-22T04:10:00Z", "attempt": 5,
            "maxAttempts": 5, "epoch": 5, "worker": "worker-812-01KAMM2V7S9D8Q4E6G1X0ZB5RT", "eventCount": 1,
            "leaseUntil": null, "cancelRequestedAt": null, "createdAt": "2026-11-22T04:00:00Z",
            "startedAt": "2026-11-22T04:00:01Z", "finishedAt": "2026-11-22T04:10:03Z",
            "error": "the warehouse does not answer", "stats": null
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": null
    })))
)]
pub async fn list(
    State(state): State<AppState>,
    Administering { mut tx, .. }: Administering<Ops>,
    Params(asked): Params<RunsQuery>,
) -> Result<Answer<Page<RunOut>>, ApiError> {
    let during = asked.days.instants(state.zone)?;
    let filter = Filter {
        id: None,
        job_id: asked.job_id,
        site_id: asked.site_id,
        state: asked.state,
        from: during.start,
        to: during.end,
        offset: asked.page.offset(),
        limit: asked.page.limit(),
    };
    let (runs, total) = run_list::page(tx.connection(), &filter).await?;
    tx.commit().await?;
    Ok(Answer::siteless(asked.page.of(runs.into_iter().map(RunOut::from).collect(), total)))
}
