//! PERF-2.
use axum::extract::State;
use chrono::{Datelike, NaiveDate};
use domain::{Hours, Money};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use warehouse::{
    Slice, assistant, coach_record,
    coach_record::{CoachRecord, Sums},
};

use super::whose::{is_there, whose};
use crate::{
    answer::{Answer, PageRequest},
    error::ApiError,
    extract::{FromQuery, OwnOrSitePay, Params, Permitted, QueryReader},
    openapi::{self, query},
    routes::{
        coaches::CoachServiceRecord,
        degrade::{Parts, part},
        month::AskedMonth,
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/performance/records";

/// Which month, whose, and which page.
pub struct RecordsQuery {
    month: AskedMonth,
    assistant_id: Option<i64>,
    page: PageRequest,
}

impl IntoParams for RecordsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let coach = "Holders of pay.site: another coach. Absent: oneself.";
        let mut params = Vec::from(AskedMonth::params());
        params.push(query("assistantId", false, coach, openapi::id()));
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for RecordsQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (month, assistant_id) = (AskedMonth::read(query), query.id("assistantId"));
        let page = query.page();
        Some(Self { month: month?, assistant_id, page: page? })
    }
}

/// A page of a coach's services in a month. Pages count services; days are those of the page's services.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PerformanceRecords {
    /// Of the month.
    year: i32,
    /// 1 to 12.
    month: u32,
    /// Coach.
    assistant_id: i64,
    /// Nickname, else real name.
    assistant_name: Option<String>,
    /// Of the whole month; null when the records could not be read.
    summary: Option<RecordSums>,
    /// Business dates, newest first.
    list: Vec<RecordDay>,
    /// Services of the month on every page together; null when they could not be read.
    total: Option<i64>,
    /// From 1.
    page: u32,
    /// 1–100.
    page_size: u32,
    /// Whether a page follows.
    has_more: bool,
    /// Parts left out because their source failed: coach (name), records.
    degraded: Vec<&'static str>,
}

/// What services add up to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordSums {
    /// Services.
    total_count: i64,
    /// Hours that count.
    #[schema(value_type = f64)]
    total_hours: Hours,
    /// What the coach's time cost, yuan.
    #[schema(value_type = f64)]
    total_income: Money,
}

/// A business date. Its sums are of the whole date, also where other services of it are on another page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordDay {
    /// Business date.
    date: NaiveDate,
    /// Services of the whole date.
    count: i64,
    /// Their hours that count.
    #[schema(value_type = f64)]
    hours: Hours,
    /// What the coach's time cost, yuan.
    #[schema(value_type = f64)]
    income: Money,
    /// Those on this page, newest first.
    records: Vec<CoachServiceRecord>,
}

/// A coach's services of a month by page, newest first, grouped by business date, with sums of each date and of the
/// month. A month to come is empty.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT), 7 to the warehouse
/// (BEGIN, site, timeout, savepoint, coach, records, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/performance/records", operation_id = "listPerformanceRecords", tag = "performance",
    params(RecordsQuery),
    responses((status = 200, body = Answer<PerformanceRecords>, example = json!({
        "code": 0,
        "data": {
            "year": 2026, "month": 11, "assistantId": 1011, "assistantName": "小雨",
            "summary": { "totalCount": 63, "totalHours": 101.5, "totalIncome": 18270.0 },
            "list": [{
                "date": "2026-11-21", "count": 1, "hours": 1.5, "income": 270.0,
                "records": [{
                    "id": 880123, "createTime": "2026-11-21T13:30:00Z", "startTime": "2026-11-21T12:00:00Z",
                    "endTime": "2026-11-21T13:30:00Z", "tableId": 7, "customerId": 1000291, "customerName": "沈欣怡",
                    "courseType": "基础课", "skillName": "中式八球", "hours": 1.5, "hoursRaw": 1.5, "income": 270.0
                }]
            }],
            "total": 63, "page": 1, "pageSize": 20, "hasMore": true, "degraded": []
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn records(
    State(state): State<AppState>,
    Permitted { tx, warehouse, .. }: Permitted<OwnOrSitePay>,
    Params(asked): Params<RecordsQuery>,
) -> Result<Answer<PerformanceRecords>, ApiError> {
    let ctx = tx.ctx;
    let own = tx.caller.assistant_id;
    let coach = whose(&tx.caller, asked.assistant_id)?;
    let (period, _) = asked.month.on(&ctx);
    // Given back before the warehouse is asked.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let profile = part!(parts, "coach", |tx| assistant::profile(tx, &ctx, coach));
    is_there(own, coach, profile.as_ref())?;
    let slice = Slice { limit: asked.page.limit(), offset: asked.page.offset() };
    let found = part!(parts, "records", |tx| coach_record::of_period(tx, &ctx, coach, period, slice));
    let degraded = parts.close().await;

    let total = found.as_ref().map(|found| found.total.services);
    let summary = found.as_ref().map(|found| RecordSums::from(found.total));
    let days = found.map(|found| by_day(found.records)).unwrap_or_default();
    let page = asked.page.of(days, total.unwrap_or_default());
    let answer = PerformanceRecords {
        year: period.first().year(),
        month: period.first().month(),
        assistant_id: coach,
        assistant_name: profile.flatten().and_then(|p| p.name),
        summary,
        list: page.list,
        total,
        page: page.page,
        page_size: page.page_size,
        has_more: page.has_more,
        degraded,
    };
    Ok(Answer::new(&ctx, answer))
}

/// Services in their order, put together by business date.
fn by_day(records: Vec<CoachRecord>) -> Vec<RecordDay> {
    let mut days: Vec<RecordDay> = Vec::new();
    for record in records {
        let (date, sums) = (record.day, record.of_day);
        let shown = CoachServiceRecord::from(record.service);
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.records.push(shown),
            None => days.push(RecordDay {
                date,
                count: sums.services,
                hours: Hours::new(sums.hours),
                income: sums.income,
                records: vec![shown],
            }),
        }
    }
    days
}

impl From<Sums> for RecordSums {
    fn from(sums: Sums) -> Self {
        Self { total_count: sums.services, total_hours: Hours::new(sums.hours), total_income: sums.income }
    }
}
