//! `biz.ai_cache`: the newest answer of each AI application per target.
use chrono::{DateTime, Utc};
use domain::{RuntimeContext, ai_cache::AiTarget};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgConnection;

use crate::StoreError;

/// An answer that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As the application gave it.
    pub value: Value,
    /// The application's own score, if it gives one.
    pub score: Option<Decimal>,
    /// From then on not shown; `None` = never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it says this.
    pub updated_at: DateTime<Utc>,
}

/// The answer about a target, unless it has expired. Only the newest is kept: a past date has it if it was there then.
pub async fn one(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    target: AiTarget,
) -> Result<Option<Kept>, StoreError> {
    Ok(sqlx::query_as!(
        Kept,
        "SELECT cache_value AS value, score, expires_at, updated_at
         FROM biz.ai_cache
         WHERE site_id = $1 AND cache_type = $2 AND target_id = $3 AND (expires_at IS NULL OR expires_at > $4)
           AND updated_at < $5",
        ctx.site_id.0,
        target.cache_type(),
        target.target_id(),
        ctx.now,
        ctx.horizon()
    )
    .fetch_optional(connection)
    .await?)
}
