//! A coach's period, row by row (`app.v_dwd_assistant_service_log`): records, days, customers.
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Calendar, Money, Period, RuntimeContext};
use rust_decimal::Decimal;

use crate::{Slice, Snapshot, WarehouseError, WarehouseTx, transaction::instants};

/// A page of a coach's records, and the whole period's sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachRecords {
    /// Sums of the whole period.
    pub total: Sums,
    /// The page, newest first.
    pub records: Vec<CoachRecord>,
}

/// What services add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Services.
    pub services: i64,
    /// Paid hours, two places, of the exact sum.
    pub hours: Decimal,
    /// `ledger_amount`.
    pub income: Money,
}

/// A service, and the business date that it is listed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachRecord {
    /// Its business date.
    pub day: NaiveDate,
    /// Sums of the whole of that date, whichever page its rows are on.
    pub of_day: Sums,
    /// What was done.
    pub service: CoachService,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachService {
    /// `assistant_service_id`.
    pub id: i64,
    /// When it was booked.
    pub create_time: DateTime<Utc>,
    /// When it began.
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    pub end_time: Option<DateTime<Utc>>,
    /// `site_table_id`.
    pub table_id: Option<i64>,
    /// Member; `None` for a walk-in.
    pub member_id: Option<i64>,
    /// The member's name.
    pub member_name: Option<String>,
    /// `base` or `bonus`.
    pub course_kind: String,
    /// Such as 中式八球.
    pub skill_name: Option<String>,
    /// Paid hours, two places.
    pub hours: Decimal,
    /// Hours that passed.
    pub hours_raw: Decimal,
    /// `ledger_amount`.
    pub income: Money,
}

/// A business date with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoachDay {
    /// Business date.
    pub day: NaiveDate,
    /// Its sums.
    pub sums: Sums,
}

/// A member served in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachCustomer {
    /// Member.
    pub member_id: i64,
    /// Name.
    pub name: Option<String>,
    /// Of the period.
    pub sums: Sums,
    /// Newest of the period.
    pub last_service_time: DateTime<Utc>,
    /// The pair's first service ever, by the snapshot; `None` where it does not have the pair yet.
    /// [`domain::coaching::is_new_customer`] says what follows.
    pub first_service_date: Option<NaiveDate>,
}

/// Different members served in a business month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthCustomers {
    /// First day.
    pub month: NaiveDate,
    /// Walk-ins are none.
    pub customers: i64,
}

/// The coach's valid services of a period.
pub async fn of_period(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
    period: Period,
    slice: Slice,
) -> Result<CoachRecords, WarehouseError> {
    let (from, until) = instants(ctx, period);
    let rows = sqlx::query_file!(
        "queries/coach_records.sql",
        assistant_id,
        from,
        until,
        ctx.calendar.zone().name(),
        i32::from(ctx.calendar.cutoff_hour()),
        slice.limit,
        slice.offset,
        ctx.moment()
    )
    .fetch_all(tx.connection())
    .await?;
    let total = rows.first().map_or_else(Sums::default, |row| Sums {
        services: row.total,
        hours: row.total_hours,
        income: Money::new(row.total_income),
    });
    let records = rows
        .into_iter()
        .filter_map(|row| {
            Some(CoachRecord {
                day: row.day?,
                of_day: Sums {
                    services: row.day_count?,
                    hours: row.day_hours?,
                    income: Money::new(row.day_income?),
                },
                service: CoachService {
                    id: row.id?,
                    create_time: row.create_time?,
                    start_time: row.start_time,
                    end_time: row.end_time,
                    table_id: row.table_id,
                    member_id: row.member_id,
                    member_name: row.member_name,
                    course_kind: row.course_kind?,
                    skill_name: row.skill_name,
                    hours: row.hours?,
                    hours_raw: row.hours_raw?,
                    income: Money::new(row.income?),
                },
            })
        })
        .collect();
    Ok(CoachRecords { total, records })
}

/// The coach's newest valid services, whenever they were; newest first.
pub async fn newest(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
    limit: i64,
) -> Result<Vec<CoachService>, WarehouseError> {
    let rows = sqlx::query_file!(
        "queries/coach_newest_services.sql",
        assistant_id,
        ctx.end_of_today(),
        limit,
        ctx.moment()
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CoachService {
            id: row.id,
            create_time: row.create_time,
            start_time: row.start_time,
            end_time: row.end_time,
            table_id: row.table_id,
            member_id: row.member_id,
            member_name: row.member_name,
            course_kind: row.course_kind,
            skill_name: row.skill_name,
            hours: row.hours,
            hours_raw: row.hours_raw,
            income: Money::new(row.income),
        })
        .collect())
}

/// Business dates of a period with a record, by date.
pub async fn days(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
    period: Period,
) -> Result<Vec<CoachDay>, WarehouseError> {
    let (from, until) = instants(ctx, period);
    let days = sqlx::query_file!(
        "queries/coach_days.sql",
        assistant_id,
        from,
        until,
        ctx.calendar.zone().name(),
        i32::from(ctx.calendar.cutoff_hour())
    )
    .map(|row| CoachDay {
        day: row.day,
        sums: Sums { services: row.services, hours: row.hours, income: Money::new(row.income) },
    })
    .fetch_all(tx.connection())
    .await?;
    Ok(days)
}

/// Members served in a period, most services first, then by id. The snapshot is the one that knows first services.
pub async fn customers(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
    period: Period,
) -> Result<Snapshot<CoachCustomer>, WarehouseError> {
    let (from, until) = instants(ctx, period);
    let last = period.last().min(ctx.today());
    let found =
        sqlx::query_file!("queries/coach_customers.sql", assistant_id, from, until, last, ctx.moment())
            .fetch_all(tx.connection())
            .await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(CoachCustomer {
                    member_id: row.member_id?,
                    name: row.name,
                    sums: Sums {
                        services: row.services?,
                        hours: row.hours?,
                        income: Money::new(row.income?),
                    },
                    last_service_time: row.last_service_time?,
                    first_service_date: row.first_service_date,
                })
            })
            .collect(),
    })
}

/// Of the months from the first to the last one (any dates in them), those with a member served, by month.
pub async fn monthly_customers(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<MonthCustomers>, WarehouseError> {
    let from = ctx.calendar.start_of(Calendar::month_of(first));
    let end = ctx.calendar.start_of(Calendar::next_month(last)).min(ctx.end_of_today());
    let months = sqlx::query_file_as!(
        MonthCustomers,
        "queries/monthly_customers.sql",
        assistant_id,
        from,
        end,
        ctx.calendar.zone().name(),
        i32::from(ctx.calendar.cutoff_hour())
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(months)
}
