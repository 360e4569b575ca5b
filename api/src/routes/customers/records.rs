//! CUST-2.
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::{Hours, Money, coaching::course_type, people::mask_phone};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use warehouse::{
    Slice,
    member_record::{self, MemberRecord},
};

use super::Reach;
use crate::{
    answer::{Answer, PageRequest},
    error::ApiError,
    extract::{Customers, FromQuery, Params, PathId, Permitted, QueryReader},
    openapi::{self, query},
    routes::{
        degrade::{Parts, part},
        month::AskedMonth,
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/customers/{id}/records";

/// Which records.
pub struct RecordsQuery {
    month: AskedMonth,
    table: Option<i64>,
    page: PageRequest,
}

impl IntoParams for RecordsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params: Vec<Parameter> = AskedMonth::params().into();
        params.push(query("table", false, "One table, and no recharges.", openapi::id()));
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for RecordsQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (month, table, page) = (AskedMonth::read(query), query.id("table"), query.page());
        Some(Self { month: month?, table, page: page? })
    }
}

/// A month of a customer's services and recharges.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerRecords {
    /// Name.
    customer_name: Option<String>,
    /// Phone, masked.
    customer_phone: Option<String>,
    /// Services, ever; null when the part failed.
    total_service_count: Option<i64>,
    /// Services of the month, of the table where one was asked for; null when the part records failed.
    month_count: Option<i64>,
    /// Their hours; null when the part records failed.
    #[schema(value_type = Option<f64>)]
    month_hours: Option<Hours>,
    /// The page, newest first.
    records: Vec<CustomerRecord>,
    /// Records on every page together.
    total: i64,
    /// From 1.
    page: u32,
    /// 1–100.
    page_size: u32,
    /// Whether a page follows.
    has_more: bool,
    /// Parts left out because their source failed: totalServiceCount, records.
    degraded: Vec<&'static str>,
}

/// A service or a recharge.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerRecord {
    /// Service or recharge; unique together with the type.
    id: i64,
    /// course or recharge.
    #[schema(schema_with = record_types)]
    record_type: String,
    /// Booked.
    create_time: DateTime<Utc>,
    /// Began; null for a recharge.
    start_time: Option<DateTime<Utc>>,
    /// Ended; null for a recharge.
    end_time: Option<DateTime<Utc>>,
    /// Table; null for a recharge.
    table_id: Option<i64>,
    /// Who served, or sold it.
    coach_name: Option<String>,
    /// 基础课 or 激励课; null for a recharge.
    course_type: Option<String>,
    /// Such as 中式八球; null for a recharge.
    skill_name: Option<String>,
    /// Hours that count; null for a recharge.
    #[schema(value_type = Option<f64>)]
    hours: Option<Hours>,
    /// Hours that passed; null for a recharge.
    #[schema(value_type = Option<f64>)]
    hours_raw: Option<Hours>,
    /// For the coach's time, or paid for the recharge.
    #[schema(value_type = f64)]
    income: Money,
    /// Whether the month may still change: the current one.
    is_estimate: bool,
}

fn record_types() -> utoipa::openapi::schema::Object {
    openapi::one_of(["course", "recharge"]).build()
}

/// A customer's month: services and recharges by page, and its sums.
///
/// Round trips, whatever the number of rows: 4 to the business database (BEGIN, caller, a coach's task, COMMIT), 8 to
/// the warehouse (BEGIN, site, timeout, savepoint, member, services ever, records, ROLLBACK; 1 more where a coach has no
/// task for the customer).
#[utoipa::path(
    get, path = "/api/xcx/customers/{id}/records", operation_id = "listCustomerRecords", tag = "customers",
    params(RecordsQuery),
    responses((status = 200, body = Answer<CustomerRecords>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false },
        "data": {
            "customerName": "沈欣怡", "customerPhone": "199****9006", "totalServiceCount": 41, "monthCount": 1,
            "monthHours": 2.00, "total": 2, "page": 1, "pageSize": 20, "hasMore": false, "degraded": [],
            "records": [
                { "id": 70310, "recordType": "course", "createTime": "2026-11-20T13:00:00Z",
                  "startTime": "2026-11-20T11:00:00Z", "endTime": "2026-11-20T13:00:00Z", "tableId": 8,
                  "coachName": "小雨", "courseType": "基础课", "skillName": "中式八球", "hours": 2.00,
                  "hoursRaw": 2.00, "income": 216.00, "isEstimate": true },
                { "id": 5021, "recordType": "recharge", "createTime": "2026-11-18T12:10:00Z", "startTime": null,
                  "endTime": null, "tableId": null, "coachName": "小雨", "courseType": null, "skillName": null,
                  "hours": null, "hoursRaw": null, "income": 1000.00, "isEstimate": true },
            ],
        },
    })))
)]
pub async fn records(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<Customers>,
    id: PathId,
    Params(asked): Params<RecordsQuery>,
) -> Result<Answer<CustomerRecords>, ApiError> {
    let id = id.get()?;
    let ctx = tx.ctx;
    let reach = Reach::of(&mut tx, id).await?;
    // Given back before the warehouse is asked.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let profile = reach.profile(&mut parts, &ctx, id).await?;
    let ever = part!(parts, "totalServiceCount", |tx| member_record::service_count(tx, &ctx, id));
    let (period, is_estimate) = asked.month.on(&ctx);
    let slice = Slice { limit: asked.page.limit(), offset: asked.page.offset() };
    let found =
        part!(parts, "records", |tx| member_record::of_period(tx, &ctx, id, period, asked.table, slice));
    let degraded = parts.close().await;

    let (month_count, month_hours) =
        found.as_ref().map(|found| (found.month_count, Hours::new(found.month_hours))).unzip();
    let (records, total) = found.map_or_else(Default::default, |found| (found.records, found.total));
    let records = records.into_iter().map(|record| CustomerRecord::new(record, is_estimate)).collect();
    let page = asked.page.of(records, total);
    Ok(Answer::new(
        &ctx,
        CustomerRecords {
            customer_name: profile.name,
            customer_phone: profile.mobile.as_deref().map(mask_phone),
            total_service_count: ever,
            month_count,
            month_hours,
            records: page.list,
            total: page.total,
            page: page.page,
            page_size: page.page_size,
            has_more: page.has_more,
            degraded,
        },
    ))
}

impl CustomerRecord {
    fn new(record: MemberRecord, is_estimate: bool) -> Self {
        Self {
            id: record.id,
            record_type: record.record_type,
            create_time: record.create_time,
            start_time: record.start_time,
            end_time: record.end_time,
            table_id: record.table_id,
            coach_name: record.coach_name,
            course_type: record.course_kind.as_deref().map(|kind| course_type(kind).to_owned()),
            skill_name: record.skill_name,
            hours: record.hours.map(Hours::new),
            hours_raw: record.hours_raw.map(Hours::new),
            income: record.income,
            is_estimate,
        }
    }
}
