//! For load balancers and operators.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    state::AppState,
};

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// ok.
    status: &'static str,
}

/// Alive: asks nobody else.
#[utoipa::path(
    get, path = "/healthz", tag = "health",
    responses((status = 200, body = Answer<Health>,
        example = json!({ "code": 0, "data": { "status": "ok" }, "message": "ok", "runtime": null })))
)]
pub async fn healthz() -> Answer<Health> {
    Answer::siteless(Health { status: "ok" })
}

/// What the process stands on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// ready, or degraded: the business database answers, and what is named below does not.
    status: &'static str,
    /// Dependencies that do not answer, and why.
    missing: Vec<FieldError>,
}

/// Ready: the business database answers. Without the warehouse pages go on without its parts, so its absence is told
/// and takes no instance out of service.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses((status = 200, body = Answer<Readiness>, example = json!({
        "code": 0, "data": { "status": "ready", "missing": [] }, "message": "ok", "runtime": null
    })), (status = 503, body = crate::error::Failure))
)]
pub async fn readyz(State(state): State<AppState>) -> Result<Answer<Readiness>, ApiError> {
    let (business, warehouse) = tokio::join!(state.door.business_ready(), state.door.warehouse_ready());
    business.map_err(|why| ApiError::missing(Kind::BusinessDown, "business database", why))?;
    Ok(Answer::siteless(match warehouse {
        Ok(()) => Readiness { status: "ready", missing: Vec::new() },
        Err(why) => Readiness { status: "degraded", missing: vec![FieldError::new("warehouse", why)] },
    }))
}
