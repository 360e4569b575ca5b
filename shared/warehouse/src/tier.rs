//! Pay tiers (`app.v_cfg_performance_tier`).
use chrono::NaiveDate;
use domain::{Money, RuntimeContext};
use rust_decimal::Decimal;

use crate::{WarehouseError, WarehouseTx};

/// What a coach earns from `min_hours` of the month on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Id.
    pub tier_id: i64,
    /// Shown to people.
    pub tier_name: String,
    /// Hours of the month that reach it: 0, 100, 130, 160, 190, 220.
    pub min_hours: Decimal,
    /// Per base hour.
    pub base_course_price: Money,
    /// Per bonus hour.
    pub bonus_course_price: Money,
    /// Once per month.
    pub sprint_bonus: Money,
}

/// The tiers in force today, by hours.
pub async fn nodes(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Vec<Tier>, WarehouseError> {
    nodes_on(tx, ctx, ctx.today()).await
}

/// The tiers in force on a date, at the latest today's, by hours.
pub async fn nodes_on(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    date: NaiveDate,
) -> Result<Vec<Tier>, WarehouseError> {
    let tiers = sqlx::query_file!("queries/tier_nodes.sql", date.min(ctx.today()))
        .map(|row| Tier {
            tier_id: row.tier_id,
            tier_name: row.tier_name,
            min_hours: row.min_hours,
            base_course_price: Money::new(row.base_course_price),
            bonus_course_price: Money::new(row.bonus_course_price),
            sprint_bonus: Money::new(row.sprint_bonus),
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(tiers)
}
