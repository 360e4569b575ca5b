use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::ai_cache::{AiTarget, BadTarget};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use store::db::ai_cache;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{Ai, FromQuery, MAX_ID, NoFacts, Params, PathWord, Permitted, QueryReader},
    openapi::{self, query},
    routes::{customers::Reach, degrade::Parts},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/ai-cache/{cacheType}";

/// Whom it is about.
pub struct TargetQuery {
    target: String,
}

impl IntoParams for TargetQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let words = "customerId; assistantId:customerId for app5_talking_points.";
        let target =
            ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[1-9][0-9]*(:[1-9][0-9]*)?$"));
        let cache_type = ParameterBuilder::new()
            .name("cacheType")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("What the AI was asked for."))
            .schema(Some(openapi::one_of(AiTarget::TYPES)))
            .build();
        vec![cache_type, query("targetId", true, words, target)]
    }
}

impl FromQuery for TargetQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        Some(Self { target: query.required("targetId", "会员编号，或 助教编号:会员编号")? })
    }
}

/// What the AI last said.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiAnswer {
    /// What it was asked for.
    #[schema(schema_with = cache_types)]
    cache_type: &'static str,
    /// Whom it is about.
    target_id: String,
    /// Its answer: app4_analysis {summary, strategies}, app5_talking_points {points}, app8_consolidate as it is.
    #[schema(value_type = Object)]
    value: Value,
    /// Its own score, if it gives one.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    score: Option<Decimal>,
    /// Since when it says this.
    updated_at: DateTime<Utc>,
    /// From then on it is not shown; null = never.
    expires_at: Option<DateTime<Utc>>,
}

fn cache_types() -> utoipa::openapi::schema::Object {
    openapi::one_of(AiTarget::TYPES).build()
}

/// What the AI last said of a customer, or to a coach about one; a coach sees it of paired customers, and talking points
/// of their own alone. 404 while there is nothing, or nothing any more.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, caller, a coach's task, answer, COMMIT),
/// none to the warehouse (7 where a coach has no task for the customer).
#[utoipa::path(
    get, path = "/api/xcx/ai-cache/{cacheType}", operation_id = "showAiCache", tag = "ai", params(TargetQuery),
    responses((status = 200, body = Answer<AiAnswer>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false },
        "data": {
            "cacheType": "app4_analysis", "targetId": "1000291", "score": 7.5,
            "value": { "summary": "喜欢周末晚场，最近来得少了。", "strategies": ["约周五晚场"] },
            "updatedAt": "2026-11-21T20:15:00Z", "expiresAt": null,
        },
    })))
)]
pub async fn show(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<Ai, NoFacts>,
    cache_type: PathWord,
    Params(asked): Params<TargetQuery>,
) -> Result<Answer<AiAnswer>, ApiError> {
    let target = AiTarget::new(cache_type.get(), &asked.target, MAX_ID)
        .map_err(|why| ApiError::field(if why == BadTarget::Type { "cacheType" } else { "targetId" }, why))?;
    let ctx = tx.ctx;
    let others = target.assistant_id().filter(|coach| tx.caller.assistant_id != Some(*coach));
    if others.is_some() && !tx.caller.may("customers.site") {
        return Err(Kind::NotYours.into());
    }
    let reach = Reach::of(&mut tx, target.member_id()).await?;
    let kept = ai_cache::one(tx.connection(), &ctx, target).await?;
    tx.commit().await?;
    if reach != Reach::Given {
        let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
        reach.prove(&mut parts, &ctx, target.member_id()).await?;
        parts.close().await;
    }
    let kept = kept.ok_or_else(|| ApiError::saying(Kind::NotFound, "暂无 AI 内容"))?;
    let answer = AiAnswer {
        cache_type: target.cache_type(),
        target_id: target.target_id(),
        value: kept.value,
        score: kept.score,
        updated_at: kept.updated_at,
        expires_at: kept.expires_at,
    };
    Ok(Answer::new(&ctx, answer))
}
