//! Past months of a coach, in words and in numbers.
use chrono::NaiveDate;
use domain::{
    Hours, Money,
    coaching::{self, HistoryMonth, hours_in_words, people, yuan_in_words},
};
use serde::Serialize;
use store::db::coach_page::MonthDone;
use utoipa::ToSchema;
use warehouse::{coach_record::MonthCustomers, salary::CoachPay};

/// A month. Hours and pay are null without a pay row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachMonth {
    /// Such as 2026-11.
    month: String,
    /// `22人`
    customers: String,
    /// Different members served.
    customers_count: i64,
    /// `87.5h`
    hours: Option<String>,
    /// Effective hours.
    #[schema(value_type = Option<f64>)]
    hours_value: Option<Hours>,
    /// `¥6,950`
    salary: Option<String>,
    /// Gross pay, yuan.
    #[schema(value_type = Option<f64>)]
    salary_amount: Option<Money>,
    /// Follow-ups completed.
    callback_done: i64,
    /// Recalls completed, of either kind.
    recall_done: i64,
    /// The current month: its figures may move.
    estimated: bool,
}

/// The last months up to today's, newest first.
pub(super) fn history(
    today: NaiveDate,
    pays: &[CoachPay],
    customers: &[MonthCustomers],
    done: &[MonthDone],
) -> Vec<CoachMonth> {
    let month = |HistoryMonth { first, estimated }| {
        let pay = pays.iter().find(|pay| pay.month == first).map(|of| &of.pay);
        let served = customers.iter().find(|m| m.month == first).map_or(0, |m| m.customers);
        let done = done.iter().find(|m| m.month == first);
        let (hours, salary) = (pay.map(|p| Hours::new(p.effective_hours)), pay.map(|p| p.gross_salary));
        CoachMonth {
            month: first.format("%Y-%m").to_string(),
            customers: people(served),
            customers_count: served,
            hours: hours.map(hours_in_words),
            hours_value: hours,
            salary: salary.map(yuan_in_words),
            salary_amount: salary,
            callback_done: done.map_or(0, |d| d.follow_ups),
            recall_done: done.map_or(0, |d| d.recalls),
            estimated,
        }
    };
    coaching::history(today).into_iter().map(month).collect()
}
