use axum::extract::State;
use chrono::NaiveDate;
use domain::metrics::{self as rules, Figure, Metric, Reading, Row, Unit};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

use crate::{
    answer::{Answer, Page, PageRequest},
    error::{ApiError, Kind},
    extract::{FromQuery, Params, Permitted, QueryReader, TimeMachine},
    metrics::{self, Depth, Tasks},
    openapi::{self, query},
    routes::{
        degrade::{Parts, core},
        metrics::{amount, id_param, metric_names, named, of, read_id, text, units},
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/replay/explain";

/// What is to be explained, of whom, and which page of its rows.
pub struct ExplainQuery {
    metric: String,
    id: Option<String>,
    page: PageRequest,
}

impl IntoParams for ExplainQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = vec![
            query(
                "metric",
                true,
                "Which metric; docs/metrics.md says what each is.",
                openapi::one_of(metric_names()),
            ),
            id_param(),
        ];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for ExplainQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let metric = query.required("metric", "指标名");
        let (id, page) = (read_id(query), query.page());
        Some(Self { metric: metric?, id, page: page? })
    }
}

/// A metric, and the rows behind it. Of each figure the rows' amounts add up to `explained`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricExplained {
    /// In the API.
    name: &'static str,
    /// In Chinese.
    label: &'static str,
    /// What it says.
    meaning: &'static str,
    /// How it comes about.
    formula: &'static str,
    /// Of whom, as asked; null for the hall.
    id: Option<String>,
    /// Snapshot or newest day it is of; null: of the date itself, or there is no snapshot.
    stat_date: Option<NaiveDate>,
    /// What its rows, of every page, add up to.
    figures: Vec<FigureExplained>,
    /// The page's rows, figure by figure.
    list: Vec<RowOut>,
    /// Rows on every page together.
    total: i64,
    /// From 1.
    page: u32,
    /// 1–100.
    page_size: u32,
    /// Whether a page follows.
    has_more: bool,
}

/// A figure beside its rows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FigureExplained {
    /// In the API.
    name: &'static str,
    /// In Chinese.
    label: &'static str,
    /// What it is counted in.
    #[schema(schema_with = units)]
    unit: &'static str,
    /// As shown; null: nothing is known, or it is no number.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    value: Option<Decimal>,
    /// A level or a grade, as shown.
    text: Option<String>,
    /// What its rows add up to; null where there is neither a value nor a row.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    explained: Option<Decimal>,
    /// The level or grade by its row.
    explained_text: Option<String>,
    /// Value less explained: not 0 where rows were learned of after the snapshot was made; they are marked as late.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    difference: Option<Decimal>,
}

/// A row behind a figure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowOut {
    /// Of which figure.
    figure: &'static str,
    /// View or table in which the row stands; a metric's own name where the row is one of its parts.
    source: &'static str,
    /// The row there, the same on every date.
    key: String,
    /// Its business date.
    date: Option<NaiveDate>,
    /// What it adds; null for words.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    amount: Option<Decimal>,
    /// The level or grade it gives.
    text: Option<String>,
    /// In words, Chinese.
    detail: Option<String>,
    /// Written or voided after the date of the figure had ended.
    late: bool,
}

impl RowOut {
    fn new(unit: Unit, row: Row) -> Self {
        Self {
            figure: row.figure,
            source: row.source,
            key: row.key,
            date: row.date,
            amount: row.part.number().map(|part| unit.part(part)),
            text: row.part.word().map(str::to_owned),
            detail: row.detail,
            late: row.late,
        }
    }
}

impl FigureExplained {
    fn new(figure: &Figure, reading: &Reading, rows: &[Row]) -> Self {
        let value = reading.value(figure.name);
        let explained = rules::explain(figure, value, rows);
        Self {
            name: figure.name,
            label: figure.label,
            unit: figure.unit.as_str(),
            value: amount(figure, value),
            text: text(value),
            explained: amount(figure, explained.value.as_ref()),
            explained_text: text(explained.value.as_ref()),
            difference: explained.difference,
        }
    }
}

/// A metric with the rows behind it, of today or of the date of `asOf`: of each figure they add up to the number, and
/// where the warehouse has learned better since, the late rows are named. 404 for a member or coach whom the hall does
/// not know.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT; up to 4 more where it
/// counts tasks), 8 to the warehouse (BEGIN, site, timeout, savepoint, for whom, the metric, its rows, ROLLBACK; up to 12
/// more where a metric is of several views).
#[utoipa::path(
    get, path = "/api/xcx/replay/explain", operation_id = "explainMetric", tag = "metrics", params(ExplainQuery),
    responses((status = 200, body = Answer<MetricExplained>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "as_of", "date": "2026-04-20", "revised": false },
        "data": {
            "name": "storedBalance", "label": "储值卡余额", "meaning": "会员全部储值卡上的余额；没有储值卡时为空。",
            "formula": "Σ balance，card_kind 为 stored", "id": "1000291", "statDate": null,
            "figures": [{
                "name": "storedBalance", "label": "储值卡余额", "unit": "元", "value": 18080.0, "text": null,
                "explained": 18080.0, "explainedText": null, "difference": 0.0
            }],
            "list": [{
                "figure": "storedBalance", "source": "v_dim_member_card_account", "key": "7001", "date": "2026-04-18",
                "amount": 18080.0, "text": null, "detail": "金卡", "late": false
            }],
            "total": 1, "page": 1, "pageSize": 20, "hasMore": false,
        },
    })))
)]
pub async fn explain(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<TimeMachine>,
    Params(asked): Params<ExplainQuery>,
) -> Result<Answer<MetricExplained>, ApiError> {
    let metric = named("metric", &asked.metric)?;
    let of = of(metric, asked.id.as_deref())?;
    let ctx = tx.ctx;
    let tasks = Tasks::read(&mut tx, &ctx, (metric, of), Depth::Rows).await.map_err(ApiError::core)?;
    tx.commit().await?;
    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    if !core!(parts, |tx| metrics::is_known(tx, &ctx, of)) {
        return Err(Kind::NotFound.into());
    }
    let reading = core!(parts, |tx| metrics::value(tx, &ctx, (metric, of), &tasks));
    let rows = core!(parts, |tx| metrics::rows(tx, &ctx, (metric, of), &tasks, &reading));
    parts.close().await;
    let answer = MetricExplained::new(metric, &reading, rows, asked.page);
    Ok(Answer::new(&ctx, MetricExplained { id: of.id(), ..answer }))
}

impl MetricExplained {
    fn new(metric: Metric, reading: &Reading, rows: Vec<Row>, page: PageRequest) -> Self {
        let definition = metric.definition();
        let figures = definition.figures.iter();
        let figures = figures.map(|figure| FigureExplained::new(figure, reading, &rows)).collect();
        let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.limit()).unwrap_or_default();
        let shown = rows.into_iter().skip(skipped).take(size);
        let list = shown.map(|row| RowOut::new(definition.unit(row.figure), row)).collect();
        let Page { list, total, page, page_size, has_more } = page.of(list, total);
        Self {
            name: definition.name,
            label: definition.label,
            meaning: definition.meaning,
            formula: definition.formula,
            id: None,
            stat_date: reading.stat_date,
            figures,
            list,
            total,
            page,
            page_size,
            has_more,
        }
    }
}
