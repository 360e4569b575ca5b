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

/// A coach's pay of one month, up to the month's newest snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachPay {
    /// Coach.
    pub assistant_id: i64,
    /// First day of the month.
    pub month: NaiveDate,
    /// Per base hour, at the tier reached.
    pub base_course_price: Money,
    /// Per bonus hour, at the tier reached.
    pub bonus_course_price: Money,
    /// The figures.
    pub pay: MonthPay,
}

/// The coach's row of the month's newest snapshot; `None` on the first of a month, before its first roll-up.
pub async fn month(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
) -> Result<Option<MonthPay>, WarehouseError> {
    let today = ctx.today();
    let found = months(tx, ctx, Some(&[assistant_id]), (today, today)).await?;
    Ok(found.into_iter().next().map(|coach| coach.pay))
}

/// Pay of these coaches (`None`: of all) in the months from the first to the last one (any dates in them), by coach and
/// month. Who has no row in a month's newest snapshot is missing there.
pub async fn months(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coaches: Option<&[i64]>,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<CoachPay>, WarehouseError> {
    let (first, last) = (Calendar::month_of(first), Calendar::month_of(last));
    let pays = sqlx::query_file!("queries/pays.sql", coaches, first, last, ctx.today())
        .map(|row| CoachPay {
            assistant_id: row.assistant_id,
            month: row.month,
            base_course_price: Money::new(row.base_course_price),
            bonus_course_price: Money::new(row.bonus_course_price),
            pay: MonthPay {
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
            },
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(pays)
}
