//! CONFIG-1.
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::skill::{self, SkillType};

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{AnyRole, NoFacts, NoQuery, Params, Permitted},
    routes::degrade::{Parts, core},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/config/skill-types";

/// What a coach can teach.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkillTypeOut {
    /// As the coach board takes it.
    code: String,
    /// For people.
    name: String,
    /// Ascending.
    sort_order: i64,
}

/// The skills on offer, in their order.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT), 6 to the warehouse
/// (BEGIN, site, timeout, savepoint, skills, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/config/skill-types", operation_id = "listSkillTypes", tag = "config",
    responses((status = 200, body = Answer<Vec<SkillTypeOut>>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false },
        "data": [
            { "code": "chinese_eight", "name": "中式八球", "sortOrder": 1 },
            { "code": "snooker", "name": "斯诺克", "sortOrder": 2 },
        ],
    })))
)]
pub async fn skill_types(
    State(state): State<AppState>,
    Permitted { tx, warehouse, .. }: Permitted<AnyRole, NoFacts>,
    _: Params<NoQuery>,
) -> Result<Answer<Vec<SkillTypeOut>>, ApiError> {
    let ctx = tx.ctx;
    tx.commit().await?;
    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let types = core!(parts, |tx| skill::types(tx));
    parts.close().await;
    Ok(Answer::new(&ctx, types.into_iter().map(SkillTypeOut::from).collect()))
}

impl From<SkillType> for SkillTypeOut {
    fn from(skill: SkillType) -> Self {
        Self { code: skill.code, name: skill.name, sort_order: skill.sort_order }
    }
}
