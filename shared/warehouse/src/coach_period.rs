//! What coaches worked and sold in a period (`app.v_dws_assistant_daily_detail`, `app.v_dws_assistant_recharge_commission`).
use chrono::NaiveDate;
use domain::{Money, Period, RuntimeContext};
use rust_decimal::Decimal;

use crate::{WarehouseError, WarehouseTx};

/// Sums of a coach's days. Income is at the price of the tier reached on each day; pay of a whole month is
/// [`crate::salary`]'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoachPeriod {
    /// Coach.
    pub assistant_id: i64,
    /// The newest day in it.
    pub stat_date: NaiveDate,
    /// Hours of base course.
    pub base_hours: Decimal,
    /// Hours of bonus course.
    pub bonus_hours: Decimal,
    /// By base courses.
    pub base_income: Money,
    /// By bonus courses.
    pub bonus_income: Money,
    /// Services.
    pub services: i64,
    /// What guests were billed.
    pub billed: Money,
}

/// Recharges that a coach sold in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Coach.
    pub assistant_id: i64,
    /// Recharged.
    pub recharged: Money,
    /// The coach's part of it.
    pub commission: Money,
    /// The newest day in it.
    pub stat_date: NaiveDate,
}

/// These coaches (`None`: all) with a day in the period, by id.
pub async fn worked(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
    coaches: Option<&[i64]>,
) -> Result<Vec<CoachPeriod>, WarehouseError> {
    let last = period.last().min(ctx.today());
    let sums = sqlx::query_file!("queries/coach_periods.sql", period.first(), last, coaches)
        .map(|row| CoachPeriod {
            assistant_id: row.assistant_id,
            stat_date: row.stat_date,
            base_hours: row.base_hours,
            bonus_hours: row.bonus_hours,
            base_income: Money::new(row.base_income),
            bonus_income: Money::new(row.bonus_income),
            services: row.services,
            billed: Money::new(row.billed),
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(sums)
}

/// Every coach who sold a recharge in the period, by id.
pub async fn sold(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Vec<Sold>, WarehouseError> {
    let last = period.last().min(ctx.today());
    let sold = sqlx::query_file!("queries/recharges_sold.sql", period.first(), last)
        .map(|row| Sold {
            assistant_id: row.assistant_id,
            recharged: Money::new(row.recharged),
            commission: Money::new(row.commission),
            stat_date: row.stat_date,
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(sold)
}
