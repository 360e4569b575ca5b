//! Pay of the month to date (`app.v_dws_assistant_daily_salary`).
use chrono::NaiveDate;
use domain::{Calendar, Money, RuntimeContext};
use rust_decimal::Decimal;

use crate::{WarehouseError, WarehouseTx};

/// A coach's pay from the first of the month to `stat_date`. Hours have two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthPay {
    /// What it runs to.
    pub stat_date: NaiveDate,
    /// Level then, such as 高级.
    pub level_name: Option<String>,
    /// The tier reached, of [`crate::tier::nodes`].
    pub tier_id: Option<i64>,
    /// Hours of base course.
    pub base_hours: Decimal,
    /// Hours of bonus course.
    pub bonus_hours: Decimal,
    /// Both.
    pub effective_hours: Decimal,
    /// Base hours at the tier's price.
    pub base_income: Money,
    /// Bonus hours at the tier's price.
    pub bonus_income: Money,
    /// From the ETL.
    pub recharge_commission: Money,
    /// From the ETL.
    pub goods_commission: Money,
    /// Of the tier.
    pub sprint_bonus: Money,
    /// Corrections upward.
    pub reward: Money,
    /// Corrections downward, a positive number.
    pub deduction: Money,
    /// All of it.
    pub gross_salary: Money,
}

/// The coach's row of the month's newest snapshot; `None` on the first of a month, before its first roll-up.
pub async fn month(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
) -> Result<Option<MonthPay>, WarehouseError> {
    let today = ctx.today();
    let first = Calendar::month_of(today);
    let pay = sqlx::query_file!("queries/month_pay.sql", assistant_id, first, today)
        .map(|row| MonthPay {
            stat_date: row.stat_date,
            level_name: row.level_name,
            tier_id: row.tier_id,
            base_hours: row.base_hours,
            bonus_hours: row.bonus_hours,
            effective_hours: row.effective_hours,
            base_income: Money::new(row.base_income),
            bonus_income: Money::new(row.bonus_income),
            recharge_commission: Money::new(row.recharge_commission),
            goods_commission: Money::new(row.goods_commission),
            sprint_bonus: Money::new(row.sprint_bonus),
            reward: Money::new(row.reward),
            deduction: Money::new(row.deduction),
            gross_salary: Money::new(row.gross_salary),
        })
        .fetch_optional(tx.connection())
        .await?;
    Ok(pay)
}
