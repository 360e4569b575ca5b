use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{
    StoreError,
    operations::job::{self, Edit, NotEdited},
};
use utoipa::ToSchema;

use super::job_out::{self, JobOut};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, Ops, PathId, Written},
    state::AppState,
};

/// Longest description, characters.
const DESCRIPTION: usize = 500;

/// When and how a job is to run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobBody {
    /// cron, interval or event.
    #[schema(min_length = 1, max_length = 20)]
    trigger_condition: String,
    /// Whole: cron {cron_expression, timezone}, interval {interval_seconds}, event {event_name}; and for all misfire
    /// latest / skip / all with max, max_attempts, timeout_seconds, backoff_seconds, scope site / global, coalesce
    /// site / none, debounce_ms, pause_after.
    #[schema(value_type = Object)]
    trigger_config: Map<String, Value>,
    /// For operators, up to 500 characters.
    #[schema(max_length = 500)]
    description: Option<String>,
    /// `updatedAt` as it was shown.
    based_on: DateTime<Utc>,
}

/// Sets when and how a job runs, from now on and without a restart; the next slot is computed from now. 422 names every
/// field of the configuration that is wrong, missing or unknown; 409 if the job has been edited or switched since.
#[utoipa::path(
    put, path = "/api/ops/jobs/{id}", operation_id = "editJob", tag = "ops", request_body = JobBody,
    responses((status = 200, body = Answer<JobOut>))
)]
pub async fn edit(
    State(state): State<AppState>,
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Ops, JobBody>,
) -> Result<Written<JobOut>, ApiError> {
    let id = id.get()?;
    let description = body.description.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
    if description.as_deref().is_some_and(|words| words.chars().count() > DESCRIPTION) {
        return Err(ApiError::field("description", format!("最多 {DESCRIPTION} 个字符")));
    }
    let edit = Edit {
        condition: body.trigger_condition,
        config: Value::Object(body.trigger_config),
        description,
        based_on: body.based_on,
    };
    job::edit(&mut by.tx, id, &edit, state.zone).await.map_err(|why| match why {
        NotEdited::Config(errors) => ApiError::invalid(job_out::problems(errors)),
        NotEdited::Store(StoreError::Conflict(_)) => {
            ApiError::saying(Kind::Conflict, "任务已被他人修改，请刷新后重试")
        }
        NotEdited::Store(error) => error.into(),
    })?;
    let job = job_out::now(&mut by.tx, id, state.zone).await?;
    by.finish(Answer::siteless(job)).await
}
