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
#[utoipa::path(
    get, path = "/api/ops/runs", operation_id = "listRuns", tag = "ops", params(RunsQuery),
    responses((status = 200, body = Answer<Page<RunOut>>))
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
