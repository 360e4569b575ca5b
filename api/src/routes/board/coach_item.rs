//! One coach of the board.
use std::collections::HashMap;

use chrono::NaiveDate;
use domain::{
    Hours, Index, Money, Period, RuntimeContext, boards::Standing, labels::level_color, tasks::heart,
};
use serde::Serialize;
use store::db::task_board::Done;
use utoipa::ToSchema;
use warehouse::{
    WarehouseError, WarehouseTx, assistant::BoardAssistant, coach_period, relation::TopCustomer, salary,
};

/// A coach, and where they stand in the period. A figure whose source failed is null.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachOnBoard {
    /// Coach.
    assistant_id: i64,
    /// Nickname, else real name.
    name: Option<String>,
    /// Level now, such as 高级.
    level: Option<String>,
    /// Level now, such as senior.
    level_code: Option<String>,
    /// Colour token of the level.
    level_color: &'static str,
    /// Hours of the period, base and bonus.
    #[schema(value_type = Option<f64>)]
    hours: Option<Hours>,
    /// Hours of the period before.
    #[schema(value_type = Option<f64>)]
    hours_before: Option<Hours>,
    /// By base courses, yuan.
    #[schema(value_type = Option<f64>)]
    base_income: Option<Money>,
    /// By bonus courses, yuan.
    #[schema(value_type = Option<f64>)]
    bonus_income: Option<Money>,
    /// Both, yuan.
    #[schema(value_type = Option<f64>)]
    income: Option<Money>,
    /// Gross pay where the period is a month, whole or up to today; else null.
    #[schema(value_type = Option<f64>)]
    gross: Option<Money>,
    /// On stored-value cards of paired members now, yuan.
    #[schema(value_type = Option<f64>)]
    sv_amount: Option<Money>,
    /// Recharged through this coach in the period, yuan.
    #[schema(value_type = Option<f64>)]
    sv_recharge: Option<Money>,
    /// Tasks completed in the period.
    tasks_done: Option<i64>,
    /// Of those recalls.
    recalls_done: Option<i64>,
    /// Of those follow-ups.
    follow_ups_done: Option<i64>,
    /// The three closest members, closest first.
    top_customers: Vec<CloseCustomer>,
}

/// A member close to a coach.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloseCustomer {
    /// Member.
    customer_id: i64,
    /// Name.
    name: Option<String>,
    /// RS of the pair, 0–10.
    #[schema(value_type = Option<f64>)]
    rs_score: Option<Index>,
    /// 💖 🧡 💛 💙 by RS.
    heart_icon: &'static str,
}

/// What a coach worked and earned in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    hours: Hours,
    base_income: Money,
    bonus_income: Money,
    gross: Option<Money>,
}

/// Of the coaches who have any.
#[derive(Default)]
pub(super) struct Works {
    /// The newest day in it.
    pub(super) stat_date: Option<NaiveDate>,
    by_coach: HashMap<i64, Work>,
    /// What a coach without a row has.
    nothing: Work,
}

impl Works {
    /// A month's from the newest pay rows of it; any other period's from its days. One statement.
    pub(super) async fn read(
        tx: &mut WarehouseTx,
        ctx: &RuntimeContext,
        period: Period,
        coaches: &[i64],
    ) -> Result<Self, WarehouseError> {
        if period.is_month(ctx.today()) {
            let pays = salary::months(tx, ctx, Some(coaches), (period.first(), period.first())).await?;
            let stat_date = pays.iter().map(|coach| coach.pay.stat_date).max();
            let work = |pay: salary::MonthPay| Work {
                hours: Hours::new(pay.effective_hours),
                base_income: pay.base_income,
                bonus_income: pay.bonus_income,
                gross: Some(pay.gross_salary),
            };
            let by_coach = pays.into_iter().map(|coach| (coach.assistant_id, work(coach.pay))).collect();
            let nothing = Work { gross: Some(Money::default()), ..Work::default() };
            return Ok(Self { stat_date, by_coach, nothing });
        }
        let days = coach_period::worked(tx, ctx, period, Some(coaches)).await?;
        let stat_date = days.iter().map(|coach| coach.stat_date).max();
        let work = |sums: coach_period::CoachPeriod| Work {
            hours: Hours::new(sums.base_hours + sums.bonus_hours),
            base_income: sums.base_income,
            bonus_income: sums.bonus_income,
            gross: None,
        };
        let by_coach = days.into_iter().map(|coach| (coach.assistant_id, work(coach))).collect();
        Ok(Self { stat_date, by_coach, nothing: Work::default() })
    }

    fn of(&self, coach: i64) -> Work {
        self.by_coach.get(&coach).copied().unwrap_or(self.nothing)
    }
}

/// What the modules of the page say, by coach; `None` where one failed.
pub(super) struct Context {
    pub(super) work: Option<Works>,
    pub(super) before: Option<Works>,
    pub(super) balances: Option<HashMap<i64, Money>>,
    pub(super) sold: Option<HashMap<i64, Money>>,
    pub(super) done: Option<HashMap<i64, Done>>,
    pub(super) top: HashMap<i64, Vec<TopCustomer>>,
}

impl CoachOnBoard {
    pub(super) fn new(coach: BoardAssistant, page: &mut Context) -> Self {
        let id = coach.assistant_id;
        let work = page.work.as_ref().map(|work| work.of(id));
        let money =
            |of: &Option<HashMap<i64, Money>>| of.as_ref().map(|of| of.get(&id).copied().unwrap_or_default());
        let done = page.done.as_ref().map(|done| done.get(&id).copied());
        let count = |of: fn(Done) -> i64| done.map(|done| done.map_or(0, of));
        let closest = page.top.remove(&id).unwrap_or_default();
        Self {
            assistant_id: id,
            name: coach.name,
            level_color: level_color(coach.level_code.as_deref()),
            level: coach.level_name,
            level_code: coach.level_code,
            hours: work.map(|work| work.hours),
            hours_before: page.before.as_ref().map(|before| before.of(id).hours),
            base_income: work.map(|work| work.base_income),
            bonus_income: work.map(|work| work.bonus_income),
            income: work.map(|work| Money::new(work.base_income.get() + work.bonus_income.get())),
            gross: work.and_then(|work| work.gross),
            sv_amount: money(&page.balances),
            sv_recharge: money(&page.sold),
            tasks_done: count(|done| done.tasks),
            recalls_done: count(|done| done.recalls),
            follow_ups_done: count(|done| done.follow_ups),
            top_customers: closest.into_iter().map(CloseCustomer::from).collect(),
        }
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            assistant_id: self.assistant_id,
            hours: self.hours.map(Hours::get),
            pay: self.gross.or(self.income),
            stored_value: self.sv_amount,
            tasks_done: self.tasks_done,
        }
    }
}

impl From<TopCustomer> for CloseCustomer {
    fn from(customer: TopCustomer) -> Self {
        Self {
            customer_id: customer.member_id,
            name: customer.name,
            rs_score: customer.rs,
            heart_icon: heart(customer.rs),
        }
    }
}
