use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{operations::job, scheduler::operate};
use utoipa::ToSchema;

use super::{job_out, slots_out::SlotsOut};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{AdministeringBody, Ops, Written},
    state::AppState,
};

/// A configuration to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobPreviewBody {
    /// cron, interval or event.
    #[schema(min_length = 1, max_length = 20)]
    trigger_condition: String,
    /// As in an edit.
    #[schema(value_type = Object)]
    trigger_config: Map<String, Value>,
}

/// The next ten slots that a configuration would have; 422 names everything that is wrong with it. Nothing is changed.
#[utoipa::path(
    post, path = "/api/ops/jobs/preview", operation_id = "previewJobConfig", tag = "ops", request_body = JobPreviewBody,
    responses((status = 200, body = Answer<SlotsOut>))
)]
pub async fn preview(
    State(state): State<AppState>,
    AdministeringBody { mut by, body }: AdministeringBody<Ops, JobPreviewBody>,
) -> Result<Written<SlotsOut>, ApiError> {
    let now = operate::now(by.tx.connection()).await?;
    let config = Value::Object(body.trigger_config);
    let config = job::check(&body.trigger_condition, &config, state.zone, now)
        .map_err(|errors| ApiError::invalid(job_out::problems(errors)))?;
    let slots = SlotsOut::new(&config, state.zone, now, None);
    by.finish(Answer::siteless(slots)).await
}
