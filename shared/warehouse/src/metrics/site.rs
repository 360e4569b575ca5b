//! Metrics 6, 11, 16 and 17, and the warehouse's part of 18 and 20: of the hall.
use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{
    Period, RuntimeContext,
    metrics::{Reading, Row, is_lost, is_lost_in_month, is_new},
};
use rust_decimal::Decimal;

use super::{last_days, month};
use crate::{WarehouseError, WarehouseTx, finance};

const TAKINGS: &str = "v_dws_finance_daily_summary";
const SUMMARY: &str = "v_dws_member_consumption_summary";
const VISITS: &str = "v_dws_member_visit_detail";
const MEMBER: &str = "v_dim_member";

/// Metric 6.
pub async fn gmv(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Reading, WarehouseError> {
    let row =
        sqlx::query_file!("queries/metrics/takings.sql", ctx.today()).fetch_one(tx.connection()).await?;
    Ok(Reading::of(row.stat_date).with("cumulativeGmv", row.gross))
}

/// What a day of takings adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takings {
    Gross,
    Confirmed,
}

async fn taking_rows(
    tx: &mut WarehouseTx,
    (figure, takings): (&'static str, Takings),
    (first, last): (Option<NaiveDate>, NaiveDate),
) -> Result<Vec<Row>, WarehouseError> {
    let days =
        sqlx::query_file!("queries/metrics/taking_days.sql", first, last).fetch_all(tx.connection()).await?;
    Ok(days
        .into_iter()
        .filter_map(|day| {
            let date = day.stat_date?;
            let part = match takings {
                Takings::Gross => day.gross_amount?,
                Takings::Confirmed => day.confirmed_income?,
            };
            Some(Row::new(figure, TAKINGS, date, Some(date), part))
        })
        .collect())
}

/// Behind metric 6: every day.
pub async fn gmv_rows(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Vec<Row>, WarehouseError> {
    taking_rows(tx, ("cumulativeGmv", Takings::Gross), (None, ctx.today())).await
}

/// Whose loss is meant: by the month it falls in (metric 11), or by how long ago it was (metric 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Metric 11.
    InMonth,
    /// Metric 17.
    ByAge,
}

/// Metrics 11 and 17.
pub async fn turned(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    loss: Loss,
) -> Result<Reading, WarehouseError> {
    let row = sqlx::query_file!("queries/metrics/members_turned.sql", ctx.today())
        .fetch_one(tx.connection())
        .await?;
    let lost = match loss {
        Loss::InMonth => row.lost,
        Loss::ByAge => row.gone,
    };
    let there = |count| row.stat_date.map(|_| count);
    Ok(Reading::of(row.stat_date)
        .with_some("newMembers", there(row.new))
        .with_some("lostMembers", there(lost)))
}

/// Behind them: the members, by the rules themselves.
pub async fn turned_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    loss: Loss,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let Some(stat_date) = reading.stat_date else { return Ok(Vec::new()) };
    let today = ctx.today();
    let members =
        sqlx::query_file!("queries/metrics/member_spans.sql", stat_date).fetch_all(tx.connection()).await?;
    let mut rows = Vec::new();
    for member in members {
        let (Some(id), first, last) = (member.member_id, member.first_consume_date, member.last_consume_date)
        else {
            continue;
        };
        if is_new(first, today) {
            rows.push(Row::new("newMembers", SUMMARY, id, first, 1i64));
        }
        let lost = match loss {
            Loss::InMonth => is_lost_in_month(last, today),
            Loss::ByAge => is_lost(last, today),
        };
        if lost {
            rows.push(Row::new("lostMembers", SUMMARY, id, last, 1i64));
        }
    }
    Ok(rows)
}

/// Metric 16, of a coach or of the hall.
pub async fn corrections(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: Option<i64>,
) -> Result<Reading, WarehouseError> {
    let month = month(ctx);
    let sums = sqlx::query_file!("queries/metrics/corrections.sql", month.first(), month.last(), coach)
        .fetch_all(tx.connection())
        .await?;
    let mut reading = Reading::default();
    for figure in KINDS {
        let sum = sums.iter().find(|sum| sum.kind.as_deref() == Some(figure));
        reading = reading.with(figure, sum.map(|sum| sum.amount).unwrap_or_default());
    }
    Ok(reading)
}

const KINDS: [&str; 4] = ["deduction", "reward", "expense", "income"];

/// Behind it: each correction.
pub async fn correction_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: Option<i64>,
) -> Result<Vec<Row>, WarehouseError> {
    let month = month(ctx);
    let rows = sqlx::query_file!("queries/metrics/correction_rows.sql", month.first(), month.last(), coach)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let figure = KINDS.into_iter().find(|kind| row.kind.as_deref() == Some(*kind))?;
            let source = "v_dws_salary_adjustment";
            let found = Row::new(figure, source, row.adjustment_id?, row.effective_date, row.amount?);
            Some(found.saying(row.reason.unwrap_or_default()))
        })
        .collect())
}

/// The two times 28 days that metric 18 compares, the later one first.
pub fn spans(today: NaiveDate) -> [(NaiveDate, NaiveDate); 2] {
    [last_days(today, 28), last_days(today - Days::new(28), 28)]
}

/// Metric 18 without its tasks: income, visits, newMembers, and the same with Before. Income and visits end with the newest
/// day that was rolled up: a day of which nothing is known yet is no bad day.
pub async fn trend(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Reading, WarehouseError> {
    let newest =
        sqlx::query_file!("queries/metrics/takings.sql", ctx.today()).fetch_one(tx.connection()).await?;
    let mut reading = Reading::of(newest.stat_date);
    for (((first, last), of_people), [income, visits, joined]) in
        rolled_up(ctx, newest.stat_date).into_iter().zip(spans(ctx.today())).zip(TREND)
    {
        let days = ctx.calendar.range(of_people.0, of_people.1);
        // Two dates in their order are a period.
        let taken = match Period::between(first, last) {
            Ok(period) => finance::overview(tx, ctx, period).await?,
            Err(_) => finance::Overview::default(),
        };
        let came =
            sqlx::query_file!("queries/metrics/visits.sql", first, last).fetch_one(tx.connection()).await?;
        let new = sqlx::query_file!("queries/metrics/joined.sql", Some(days.start), days.end)
            .fetch_one(tx.connection())
            .await?;
        reading =
            reading.with(income, taken.confirmed.get()).with(visits, came.visits).with(joined, new.members);
    }
    Ok(reading)
}

/// [`spans`] of what is rolled up.
fn rolled_up(ctx: &RuntimeContext, newest: Option<NaiveDate>) -> [(NaiveDate, NaiveDate); 2] {
    spans(newest.unwrap_or_else(|| ctx.today()))
}

const TREND: [[&str; 3]; 2] =
    [["income", "visits", "newMembers"], ["incomeBefore", "visitsBefore", "newMembersBefore"]];

/// Behind it: days of income and visits, members who joined.
pub async fn trend_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let mut rows = Vec::new();
    for (((first, last), of_people), [income, visits, joined]) in
        rolled_up(ctx, reading.stat_date).into_iter().zip(spans(ctx.today())).zip(TREND)
    {
        rows.extend(taking_rows(tx, (income, Takings::Confirmed), (Some(first), last)).await?);
        rows.extend(visit_rows(tx, visits, (Some(first), last)).await?);
        let members = joiners(tx, ctx, (Some(of_people.0), of_people.1)).await?;
        rows.extend(members.into_iter().map(|(id, date)| Row::new(joined, MEMBER, id, Some(date), 1i64)));
    }
    Ok(rows)
}

async fn visit_rows(
    tx: &mut WarehouseTx,
    figure: &'static str,
    (first, last): (Option<NaiveDate>, NaiveDate),
) -> Result<Vec<Row>, WarehouseError> {
    let days =
        sqlx::query_file!("queries/metrics/visit_days.sql", first, last).fetch_all(tx.connection()).await?;
    Ok(days
        .into_iter()
        .filter_map(|day| {
            let date = day.visit_date?;
            Some(Row::new(figure, VISITS, date, Some(date), day.visits))
        })
        .collect())
}

/// (member, business date of joining)
async fn joiners(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (first, last): (Option<NaiveDate>, NaiveDate),
) -> Result<Vec<(i64, NaiveDate)>, WarehouseError> {
    let (from, until) = (first.map(|first| ctx.calendar.start_of(first)), super::ended(ctx, last));
    let members =
        sqlx::query_file!("queries/metrics/joiners.sql", from, until).fetch_all(tx.connection()).await?;
    let joined = members.into_iter().filter_map(|row| Some((row.member_id?, row.register_time?)));
    Ok(joined.map(|(id, at)| (id, ctx.calendar.business_date(at))).collect())
}

/// Metric 20 without its tasks: income, visits, members.
pub async fn cumulative(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Reading, WarehouseError> {
    let today = ctx.today();
    let taken = sqlx::query_file!("queries/metrics/takings.sql", today).fetch_one(tx.connection()).await?;
    let turned =
        sqlx::query_file!("queries/metrics/members_turned.sql", today).fetch_one(tx.connection()).await?;
    let since: Option<DateTime<Utc>> = None;
    let joined = sqlx::query_file!("queries/metrics/joined.sql", since, ctx.end_of_today())
        .fetch_one(tx.connection())
        .await?;
    Ok(Reading::of(taken.stat_date)
        .with("income", taken.confirmed)
        .with("visits", Decimal::from(turned.visits))
        .with("members", joined.members))
}

/// Behind it: each day's income, visits, and members who joined.
pub async fn cumulative_rows(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Vec<Row>, WarehouseError> {
    let ever = (None, ctx.today());
    let mut rows = taking_rows(tx, ("income", Takings::Confirmed), ever).await?;
    rows.extend(visit_rows(tx, "visits", ever).await?);
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for (_, date) in joiners(tx, ctx, ever).await? {
        *days.entry(date).or_default() += 1;
    }
    rows.extend(days.into_iter().map(|(date, new)| Row::new("members", MEMBER, date, Some(date), new)));
    Ok(rows)
}
