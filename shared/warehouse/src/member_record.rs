//! A member's month, row by row: services and recharges (`app.v_dwd_assistant_service_log`, `app.v_dwd_recharge_order`).
use chrono::{DateTime, Utc};
use domain::{Money, Period, RuntimeContext};
use rust_decimal::Decimal;

use crate::{Slice, WarehouseError, WarehouseTx, transaction::instants};

/// What a coach did for a member, and sold to them, in the last 60 business dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoachStats {
    /// Coach.
    pub assistant_id: i64,
    /// Valid services.
    pub services: i64,
    /// Hours of base course.
    pub base_hours: Decimal,
    /// Hours of bonus course.
    pub bonus_hours: Decimal,
    /// Both.
    pub hours: Decimal,
    /// Hours per service; `None` without one.
    pub average_hours: Option<Decimal>,
    /// Paid for recharges that this coach sold.
    pub recharged: Money,
}

/// A page of a member's records, and the month's figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecords {
    /// Records of the period, on all pages.
    pub total: i64,
    /// Course rows of the period (of the table, where one is asked for).
    pub month_count: i64,
    /// Their hours.
    pub month_hours: Decimal,
    /// The page, newest first.
    pub records: Vec<MemberRecord>,
}

/// A service or a recharge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// `assistant_service_id`, or `recharge_order_id`.
    pub id: i64,
    /// `course` or `recharge`.
    pub record_type: String,
    /// When it was booked.
    pub create_time: DateTime<Utc>,
    /// When the service began.
    pub start_time: Option<DateTime<Utc>>,
    /// When the service ended.
    pub end_time: Option<DateTime<Utc>>,
    /// `site_table_id`.
    pub table_id: Option<i64>,
    /// Who served, or sold it.
    pub coach_name: Option<String>,
    /// `base` or `bonus`.
    pub course_kind: Option<String>,
    /// Such as 中式八球.
    pub skill_name: Option<String>,
    /// Paid hours, two places.
    pub hours: Option<Decimal>,
    /// Hours that passed.
    pub hours_raw: Option<Decimal>,
    /// `ledger_amount`, or what was paid for the recharge.
    pub income: Money,
}

/// Every coach who served the member or sold them a recharge in the last 60 days, by id.
pub async fn coach_stats_60d(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member_id: i64,
) -> Result<Vec<CoachStats>, WarehouseError> {
    let (first, last) = domain::Calendar::last_days(ctx.today(), 60);
    let span = ctx.calendar.range(first, last);
    let stats = sqlx::query_file!("queries/member_coach_stats.sql", member_id, span.start, span.end)
        .map(|row| CoachStats {
            assistant_id: row.assistant_id,
            services: row.services,
            base_hours: row.base_hours,
            bonus_hours: row.bonus_hours,
            hours: row.hours,
            average_hours: row.average_hours,
            recharged: Money::new(row.recharged),
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(stats)
}

/// The member's valid services up to today, ever.
pub async fn service_count(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member_id: i64,
) -> Result<i64, WarehouseError> {
    let count = sqlx::query_file_scalar!("queries/member_service_count.sql", member_id, ctx.end_of_today())
        .fetch_one(tx.connection())
        .await?;
    Ok(count)
}

/// Records of a period; with a table, only the services at it, and no recharges.
pub async fn of_period(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member_id: i64,
    period: Period,
    table_id: Option<i64>,
    slice: Slice,
) -> Result<MemberRecords, WarehouseError> {
    let (from, until) = instants(ctx, period);
    let rows = sqlx::query_file!(
        "queries/member_records.sql",
        member_id,
        from,
        until,
        table_id,
        slice.limit,
        slice.offset,
        ctx.moment()
    )
    .fetch_all(tx.connection())
    .await?;
    let (total, month_count, month_hours) =
        rows.first().map_or_else(Default::default, |row| (row.total, row.month_count, row.month_hours));
    let records = rows
        .into_iter()
        .filter_map(|row| {
            Some(MemberRecord {
                id: row.id?,
                record_type: row.record_type?,
                create_time: row.create_time?,
                start_time: row.start_time,
                end_time: row.end_time,
                table_id: row.table_id,
                coach_name: row.coach_name,
                course_kind: row.course_kind,
                skill_name: row.skill_name,
                hours: row.hours,
                hours_raw: row.hours_raw,
                income: Money::new(row.income?),
            })
        })
        .collect();
    Ok(MemberRecords { total, month_count, month_hours, records })
}
