//! `biz.task_rules`: never overwritten, newest version in force wins, a site's own before the default.
use domain::{
    Index, RuntimeContext,
    tasks::{Rule, Thresholds},
};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::StoreError;

/// The rules in force at the context's site and business date.
pub async fn in_force(connection: &mut PgConnection, ctx: &RuntimeContext) -> Result<Rule, StoreError> {
    let row = sqlx::query!(
        "SELECT high_threshold, priority_threshold, relationship_threshold, abandon_cooldown_days, version
         FROM biz.task_rules
         WHERE (site_id = $1 OR site_id IS NULL) AND effective_from <= $2
         ORDER BY site_id IS NULL, version DESC
         LIMIT 1",
        ctx.site_id.0,
        ctx.today()
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::NotFound("task rule in force"))?;
    let index = |value: Decimal| {
        Index::new(value)
            .map_err(|e| StoreError::unreadable(format!("biz.task_rules of site {}", ctx.site_id), e))
    };
    Ok(Rule {
        thresholds: Thresholds {
            high: index(row.high_threshold)?,
            priority: index(row.priority_threshold)?,
            relationship: index(row.relationship_threshold)?,
        },
        abandon_cooldown_days: u32::try_from(row.abandon_cooldown_days).unwrap_or_default(),
        version: row.version,
    })
}
