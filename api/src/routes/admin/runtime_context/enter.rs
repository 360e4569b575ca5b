use chrono::NaiveDate;
use domain::RuntimeContext;
use serde::Deserialize;
use store::operations::sandbox::{self, LONGEST_MINUTES};
use utoipa::ToSchema;
use warehouse::past;

use super::runtime_out::{RuntimeOut, live};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError},
    extract::{AdministeringBody, PathId, Sandbox, SiteWarehouse, Written},
    openapi::DATES,
};

/// Which date a site is to look at, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SandboxBody {
    /// Business date, not after today nor before the first data.
    date: NaiveDate,
    /// Minutes until the sandbox ends by itself (240).
    #[serde(default)]
    #[schema(minimum = 1, maximum = 240)]
    minutes: Option<i64>,
}

/// Puts a site into the sandbox: everybody there sees the date from their next request on, and nobody changes anything
/// (409) until it ends. Set again, it is prolonged or turned to another date. 503 while the warehouse does not answer:
/// it knows how far back the data go.
#[utoipa::path(
    put, path = "/api/admin/runtime-context/{id}", operation_id = "enterSandbox", tag = "admin",
    request_body = SandboxBody, responses((status = 200, body = Answer<RuntimeOut>))
)]
pub async fn enter(
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Sandbox, SandboxBody>,
) -> Result<Written<RuntimeOut>, ApiError> {
    let live = live(&mut by.tx, id.get()?).await?;
    let (past, minutes) = body.check(&live)?;
    exists(&by.warehouse(live.site_id), &past).await?;
    let set = sandbox::enter(&mut by.tx, live.site_id, past.today(), minutes).await?;
    by.finish(Answer::new(&live, RuntimeOut::new(&live, Some(set)))).await
}

impl SandboxBody {
    fn check(&self, live: &RuntimeContext) -> Result<(RuntimeContext, i32), ApiError> {
        let mut errors = Vec::new();
        let minutes = self.minutes.map_or(Some(LONGEST_MINUTES), |m| i32::try_from(m).ok());
        let minutes = minutes.filter(|minutes| (1..=LONGEST_MINUTES).contains(minutes));
        if minutes.is_none() {
            errors.push(FieldError::new("minutes", format!("须在 1 到 {LONGEST_MINUTES} 之间")));
        }
        let past = Some(self.date).filter(|date| DATES.contains(date)).and_then(|date| live.as_of(date).ok());
        if past.is_none() {
            errors.push(FieldError::new("date", format!("须为不晚于今天({})的营业日", live.today())));
        }
        past.zip(minutes).filter(|_| errors.is_empty()).ok_or(ApiError::invalid(errors))
    }
}

/// 422 for a date before the first data.
async fn exists(warehouse: &SiteWarehouse, past: &RuntimeContext) -> Result<(), ApiError> {
    let mut tx = warehouse.begin().await?;
    let known = past::known(&mut tx, past).await?;
    tx.close().await?;
    match known.first_date.filter(|first| past.today() < *first) {
        Some(first) => Err(ApiError::field("date", format!("早于最早的数据({first})"))),
        None => Ok(()),
    }
}
