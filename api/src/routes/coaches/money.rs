//! What a coach earned, and where that stands.
use domain::{Hours, Money};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::{salary::MonthPay, tier::Tier};

use crate::routes::performance::TierStanding;

/// Six figures of now. One whose source failed is null.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachFigures {
    /// Effective hours of the month; 0 before its first pay row.
    #[schema(value_type = Option<f64>)]
    monthly_hours: Option<Hours>,
    /// Gross pay of the month to date, yuan.
    #[schema(value_type = Option<f64>)]
    monthly_salary: Option<Money>,
    /// On stored-value cards of the members paired with the coach, yuan.
    #[schema(value_type = Option<f64>)]
    customer_balance: Option<Money>,
    /// Tasks completed this month.
    tasks_completed: Option<i64>,
    /// Effective hours, towards the next tier.
    #[schema(value_type = Option<f64>)]
    perf_current: Option<Hours>,
    /// Hours at which the next tier begins; null at the top.
    #[schema(value_type = Option<f64>)]
    perf_target: Option<Hours>,
}

impl CoachFigures {
    /// `pay`: `None` where it could not be read, `Some(None)` before the month's first row.
    pub(super) fn new(
        pay: Option<Option<&MonthPay>>,
        tiers: &[Tier],
        customer_balance: Option<Money>,
        tasks_completed: Option<i64>,
    ) -> Self {
        let standing = pay.map(|pay| TierStanding::of(pay, tiers));
        let hours = standing.as_ref().map(|standing| standing.hours);
        Self {
            monthly_hours: hours,
            monthly_salary: pay.map(|pay| pay.map(|pay| pay.gross_salary).unwrap_or_default()),
            customer_balance,
            tasks_completed,
            perf_current: hours,
            perf_target: standing.and_then(|s| s.next.map(|tier| Hours::new(tier.min_hours))),
        }
    }
}

/// What this month and the one before it brought, four items each; empty when the part failed.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachIncome {
    /// The current month.
    this_month: Vec<IncomeItem>,
    /// The month before it.
    last_month: Vec<IncomeItem>,
}

/// An item of income.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncomeItem {
    /// 基础课时费, 激励课时费, 充值提成 or 酒水提成.
    label: &'static str,
    /// Yuan; null without a pay row of the month.
    #[schema(value_type = Option<f64>)]
    amount: Option<Money>,
}

impl CoachIncome {
    pub(super) fn new(this: Option<&MonthPay>, last: Option<&MonthPay>) -> Self {
        Self { this_month: items(this), last_month: items(last) }
    }
}

fn items(pay: Option<&MonthPay>) -> Vec<IncomeItem> {
    let item = |label, amount: fn(&MonthPay) -> Money| IncomeItem { label, amount: pay.map(amount) };
    vec![
        item("基础课时费", |pay| pay.base_income),
        item("激励课时费", |pay| pay.bonus_income),
        item("充值提成", |pay| pay.recharge_commission),
        item("酒水提成", |pay| pay.goods_commission),
    ]
}
