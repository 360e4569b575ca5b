//! PERF-1.
use axum::extract::State;
use chrono::{Datelike, NaiveDate};
use domain::{Calendar, Hours, Money, coaching::is_new_customer, labels::level_color};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use warehouse::{assistant, coach_record, coach_record::CoachDay, salary, tier};

use super::{
    customer::ServedCustomer,
    pay::MonthlyPay,
    tier::TierStanding,
    whose::{is_there, whose},
};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{FromQuery, OwnOrSitePay, Params, Permitted, QueryReader},
    openapi::{self, query},
    routes::{
        degrade::{Parts, part},
        month::AskedMonth,
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/performance";

/// Which month, and whose.
pub struct PerformanceQuery {
    month: AskedMonth,
    assistant_id: Option<i64>,
}

impl IntoParams for PerformanceQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let coach = "Holders of pay.site: another coach. Absent: oneself.";
        let mut params = Vec::from(AskedMonth::params());
        params.push(query("assistantId", false, coach, openapi::id()));
        params
    }
}

impl FromQuery for PerformanceQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (month, assistant_id) = (AskedMonth::read(query), query.id("assistantId"));
        Some(Self { month: month?, assistant_id })
    }
}

/// A coach's month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PerformanceOverview {
    /// Of the month.
    year: i32,
    /// 1 to 12.
    month: u32,
    /// Coach.
    assistant_id: i64,
    /// Nickname, else real name.
    assistant_name: Option<String>,
    /// Level now, such as 高级.
    level: Option<String>,
    /// Level now, such as senior.
    level_code: Option<String>,
    /// Colour token of the level.
    level_color: &'static str,
    /// Effective hours of the month; 0 before its first pay row.
    #[schema(value_type = Option<f64>)]
    hours: Option<Hours>,
    /// The tier reached.
    tier_name: Option<String>,
    /// Hours at which each tier begins, ascending, as in force at the month's end.
    #[schema(value_type = Vec<f64>)]
    tier_nodes: Vec<Hours>,
    /// The tier after it; null at the top.
    next_tier: Option<NextTier>,
    /// Pay of the month; null without a pay row.
    this_month: Option<MonthlyPay>,
    /// Pay of the month before it; null without a pay row.
    last_month: Option<MonthlyPay>,
    /// Business dates with a record, ascending.
    days: Vec<WorkedDay>,
    /// Members whom the coach served for the first time in this month, most services first.
    new_customers: Vec<ServedCustomer>,
    /// The other members served in it, most services first.
    regular_customers: Vec<ServedCustomer>,
    /// What hours, tier and pay of this month run to; null before its first pay row.
    stat_date: Option<NaiveDate>,
    /// Snapshot that tells new customers from regular ones; who came later is new.
    customers_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: coach (name and level), pay (hours, thisMonth, lastMonth), tierNodes,
    /// days, customers.
    degraded: Vec<&'static str>,
}

/// What the next tier pays.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NextTier {
    /// Shown to people.
    tier_name: String,
    /// Hours at which it begins.
    #[schema(value_type = f64)]
    min_hours: Hours,
    /// Hours that are missing to it.
    #[schema(value_type = f64)]
    hours_to_next: Hours,
    /// Yuan per base hour.
    #[schema(value_type = f64)]
    base_rate: Money,
    /// Yuan per bonus hour.
    #[schema(value_type = f64)]
    bonus_rate: Money,
    /// Once per month.
    #[schema(value_type = f64)]
    sprint_bonus: Money,
}

/// A business date with records.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkedDay {
    /// Business date.
    date: NaiveDate,
    /// Its records.
    count: i64,
    /// Their hours.
    #[schema(value_type = f64)]
    hours: Hours,
    /// What the coach's time cost, yuan.
    #[schema(value_type = f64)]
    income: Money,
}

/// A coach's month: level, tiers, pay beside that of the month before, days with records, new and regular customers.
/// A month to come is empty.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT), 10 to the warehouse
/// (BEGIN, site, timeout, savepoint, coach, pay, tiers, days, customers, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/performance", operation_id = "showPerformance", tag = "performance", params(PerformanceQuery),
    responses((status = 200, body = Answer<PerformanceOverview>, example = json!({
        "code": 0,
        "data": {
            "year": 2026, "month": 11, "assistantId": 1011, "assistantName": "小雨",
            "level": "高级", "levelCode": "senior", "levelColor": "orange",
            "hours": 101.5, "tierName": "二档", "tierNodes": [0.0, 100.0, 130.0, 160.0, 190.0, 220.0],
            "nextTier": {
                "tierName": "三档", "minHours": 130.0, "hoursToNext": 28.5, "baseRate": 100.0, "bonusRate": 200.0,
                "sprintBonus": 300.0
            },
            "thisMonth": {
                "month": "2026-11-01", "statDate": "2026-11-21", "estimated": true, "level": "高级",
                "baseHours": 95.0, "bonusHours": 6.5, "effectiveHours": 101.5, "baseRate": 95.0, "bonusRate": 190.0,
                "baseIncome": 9025.0, "bonusIncome": 1235.0, "rechargeCommission": 300.0, "goodsCommission": 85.5,
                "sprintBonus": 100.0, "reward": 50.0, "deduction": 20.0, "gross": 10775.5
            },
            "lastMonth": null,
            "days": [{ "date": "2026-11-02", "count": 3, "hours": 5.5, "income": 990.0 }],
            "newCustomers": [{
                "customerId": 1000291, "name": "沈欣怡", "serviceCount": 2, "hours": 3.5, "income": 630.0,
                "lastServiceTime": "2026-11-20T13:30:00Z", "firstServiceDate": "2026-11-06"
            }],
            "regularCustomers": [],
            "statDate": "2026-11-21", "customersStatDate": "2026-11-21", "degraded": []
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn overview(
    State(state): State<AppState>,
    Permitted { tx, warehouse, .. }: Permitted<OwnOrSitePay>,
    Params(asked): Params<PerformanceQuery>,
) -> Result<Answer<PerformanceOverview>, ApiError> {
    let ctx = tx.ctx;
    let own = tx.caller.assistant_id;
    let coach = whose(&tx.caller, asked.assistant_id)?;
    let (period, _) = asked.month.on(&ctx);
    let month = period.first();
    // Given back before the warehouse is asked: a slow warehouse must not hold the business database's connections.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let profile = part!(parts, "coach", |tx| assistant::profile(tx, &ctx, coach));
    is_there(own, coach, profile.as_ref())?;
    let before = period.previous().first();
    let pays = part!(parts, "pay", |tx| salary::months(tx, &ctx, Some(&[coach]), (before, month)));
    let tiers = part!(parts, "tierNodes", |tx| tier::nodes_on(tx, &ctx, period.last()));
    let days = part!(parts, "days", |tx| coach_record::days(tx, &ctx, coach, period));
    let customers = part!(parts, "customers", |tx| coach_record::customers(tx, &ctx, coach, period));
    let degraded = parts.close().await;

    let profile = profile.flatten();
    let known = pays.is_some();
    let mut pays = pays.unwrap_or_default();
    let mut pay_of = |first| pays.iter().position(|pay| pay.month == first).map(|at| pays.swap_remove(at));
    let (this, last) = (pay_of(month), pay_of(before));
    let tiers = tiers.unwrap_or_default();
    let standing = known.then(|| TierStanding::of(this.as_ref().map(|of| &of.pay), &tiers));
    let customers_stat_date = customers.as_ref().and_then(|snapshot| snapshot.stat_date);
    let (new_customers, regular_customers): (Vec<_>, Vec<_>) = customers
        .into_iter()
        .flat_map(|snapshot| snapshot.rows)
        .partition(|customer| is_new_customer(customer.first_service_date, customers_stat_date, period));
    let current = Calendar::month_of(ctx.today());
    let answer = PerformanceOverview {
        year: month.year(),
        month: month.month(),
        assistant_id: coach,
        level_color: level_color(profile.as_ref().and_then(|p| p.level_code.as_deref())),
        hours: standing.as_ref().map(|standing| standing.hours),
        tier_name: standing.as_ref().and_then(|s| s.reached).map(|tier| tier.tier_name.clone()),
        next_tier: standing.as_ref().and_then(NextTier::after),
        tier_nodes: tiers.iter().map(|tier| Hours::new(tier.min_hours)).collect(),
        stat_date: this.as_ref().map(|of| of.pay.stat_date),
        this_month: this.map(|of| MonthlyPay::new(of, current)),
        last_month: last.map(|of| MonthlyPay::new(of, current)),
        days: days.into_iter().flatten().map(WorkedDay::from).collect(),
        new_customers: new_customers.into_iter().map(ServedCustomer::from).collect(),
        regular_customers: regular_customers.into_iter().map(ServedCustomer::from).collect(),
        customers_stat_date,
        assistant_name: profile.as_ref().and_then(|p| p.name.clone()),
        level: profile.as_ref().and_then(|p| p.level_name.clone()),
        level_code: profile.and_then(|p| p.level_code),
        degraded,
    };
    Ok(Answer::new(&ctx, answer))
}

impl NextTier {
    fn after(standing: &TierStanding<'_>) -> Option<Self> {
        let (next, hours_to_next) = (standing.next?, standing.to_next()?);
        Some(Self {
            tier_name: next.tier_name.clone(),
            min_hours: Hours::new(next.min_hours),
            hours_to_next,
            base_rate: next.base_course_price,
            bonus_rate: next.bonus_course_price,
            sprint_bonus: next.sprint_bonus,
        })
    }
}

impl From<CoachDay> for WorkedDay {
    fn from(day: CoachDay) -> Self {
        let sums = day.sums;
        Self { date: day.day, count: sums.services, hours: Hours::new(sums.hours), income: sums.income }
    }
}
