use domain::SiteId;
use serde::{Deserialize, Serialize};
use store::operations::job::{self, NotRun};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, MAX_ID, Ops, PathId, Written},
};

/// Where to run a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunJobBody {
    /// One site; null or absent = as the job's scope says: once per active site, or once.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    site_id: Option<i64>,
}

/// The runs that were made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobRunOut {
    /// Runs, by site.
    run_ids: Vec<i64>,
}

/// Runs a job now, enabled or not. A run waits while another one of the job is in progress at its site.
#[utoipa::path(
    post, path = "/api/ops/jobs/{id}/run", operation_id = "runJob", tag = "ops", request_body = RunJobBody,
    responses((status = 200, body = Answer<JobRunOut>))
)]
pub async fn run(
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Ops, RunJobBody>,
) -> Result<Written<JobRunOut>, ApiError> {
    let id = id.get()?;
    if body.site_id.is_some_and(|id| !(1..=MAX_ID).contains(&id)) {
        return Err(ApiError::field("siteId", "须为正整数，或 null 表示按任务的范围"));
    }
    let run_ids = job::run(&mut by.tx, id, body.site_id.map(SiteId)).await.map_err(|why| match why {
        NotRun::ForAllSites { .. } => ApiError::field("siteId", "该任务不分门店，只能整体运行一次"),
        NotRun::Site(_) => ApiError::field("siteId", "没有这家门店，或门店已停用"),
        NotRun::NoSite => ApiError::saying(Kind::Conflict, "没有营业中的门店"),
        NotRun::Store(error) => error.into(),
    })?;
    by.finish(Answer::siteless(JobRunOut { run_ids })).await
}
