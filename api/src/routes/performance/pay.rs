//! A month's pay.
use chrono::NaiveDate;
use domain::{Hours, Money};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::salary::CoachPay;

/// A coach's pay of a month, as the month's newest pay row has it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MonthlyPay {
    /// First day of the month.
    month: NaiveDate,
    /// What it runs to.
    stat_date: NaiveDate,
    /// The current month: it may still move.
    estimated: bool,
    /// Level then, such as 高级.
    level: Option<String>,
    /// Hours of base course.
    #[schema(value_type = f64)]
    base_hours: Hours,
    /// Hours of bonus course.
    #[schema(value_type = f64)]
    bonus_hours: Hours,
    /// Both.
    #[schema(value_type = f64)]
    effective_hours: Hours,
    /// Yuan per base hour, at the tier reached.
    #[schema(value_type = f64)]
    base_rate: Money,
    /// Yuan per bonus hour, at the tier reached.
    #[schema(value_type = f64)]
    bonus_rate: Money,
    /// Base hours at their rate.
    #[schema(value_type = f64)]
    base_income: Money,
    /// Bonus hours at their rate.
    #[schema(value_type = f64)]
    bonus_income: Money,
    /// For recharges sold.
    #[schema(value_type = f64)]
    recharge_commission: Money,
    /// For drinks and food sold.
    #[schema(value_type = f64)]
    goods_commission: Money,
    /// Of the tier.
    #[schema(value_type = f64)]
    sprint_bonus: Money,
    /// Corrections upward.
    #[schema(value_type = f64)]
    reward: Money,
    /// Corrections downward, a positive number.
    #[schema(value_type = f64)]
    deduction: Money,
    /// All of it, less the deduction.
    #[schema(value_type = f64)]
    gross: Money,
}

impl MonthlyPay {
    /// `current`: first day of today's month.
    pub(super) fn new(of: CoachPay, current: NaiveDate) -> Self {
        let pay = of.pay;
        Self {
            month: of.month,
            stat_date: pay.stat_date,
            estimated: of.month == current,
            level: pay.level_name,
            base_hours: Hours::new(pay.base_hours),
            bonus_hours: Hours::new(pay.bonus_hours),
            effective_hours: Hours::new(pay.effective_hours),
            base_rate: of.base_course_price,
            bonus_rate: of.bonus_course_price,
            base_income: pay.base_income,
            bonus_income: pay.bonus_income,
            recharge_commission: pay.recharge_commission,
            goods_commission: pay.goods_commission,
            sprint_bonus: pay.sprint_bonus,
            reward: pay.reward,
            deduction: pay.deduction,
            gross: pay.gross_salary,
        }
    }
}
