use axum::extract::State;
use chrono::{Days, NaiveDate};
use domain::{
    RuntimeContext,
    metrics::{Metric, Of, Subject},
};
use serde::Serialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};
use warehouse::{
    WarehouseError, WarehouseTx,
    past::{self, Past},
};

use super::compared_out::{MetricCompared, Side};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{FromQuery, Params, Permitted, QueryReader, TimeMachine},
    metrics::{self, Depth, Tasks},
    openapi::{self, query},
    routes::{
        degrade::{Parts, core},
        metrics::{id_param, named, of, read_id},
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/replay/compare";

/// Which dates, which metrics, and of whom.
pub struct CompareQuery {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    metrics: String,
    id: Option<String>,
}

impl IntoParams for CompareQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let names = "Names of metrics with commas between, each once; those that are not the hall's are all of one kind: of \
                     members, of coaches, or of pairs.";
        let list = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(600));
        vec![
            query(
                "from",
                false,
                "The earlier date (a week before to); not before the first data.",
                openapi::date(),
            ),
            query("to", false, "The later date (today); not after today.", openapi::date()),
            query("metrics", true, names, list),
            id_param(),
        ]
    }
}

impl FromQuery for CompareQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        const DATE: &str = "日期，如 2026-11-22";
        let (from, to) = (query.optional::<NaiveDate>("from", DATE), query.optional::<NaiveDate>("to", DATE));
        for (name, date) in [("from", from), ("to", to)] {
            if date.is_some_and(|date| !openapi::DATES.contains(&date)) {
                query.refuse(name, "须在 2000 到 2199 年之间");
            }
        }
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            query.refuse("to", "须不早于 from");
        }
        let metrics = query.required("metrics", "指标名，以逗号分隔");
        let id = read_id(query);
        Some(Self { from, to, metrics: metrics?, id })
    }
}

/// Metrics on two dates.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The earlier date.
    from: ComparedDate,
    /// The later date.
    to: ComparedDate,
    /// Of whom, as asked; null for the hall.
    id: Option<String>,
    /// As they were asked for.
    metrics: Vec<MetricCompared>,
}

/// One of the two dates.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedDate {
    /// Business date.
    date: NaiveDate,
    /// Rows of that date or before came, or were voided, after it had ended.
    revised: bool,
}

/// Metrics of two dates side by side, with the rows that made the change: those that only one date has, and those that
/// differ. 404 for a member or coach whom the hall does not know on the later date.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT; up to 8 more for each
/// metric that counts tasks), 12 to the warehouse (BEGIN, site, timeout, savepoint, for whom, the reads of the two dates
/// and of each metric, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/replay/compare", operation_id = "compareMetrics", tag = "metrics", params(CompareQuery),
    responses((status = 200, body = Answer<Comparison>, example = json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-05-05", "revised": false },
        "data": {
            "from": { "date": "2026-04-20", "revised": false }, "to": { "date": "2026-05-05", "revised": false },
            "id": "1000291",
            "metrics": [{
                "name": "storedBalance", "label": "储值卡余额", "fromStatDate": null, "toStatDate": null,
                "figures": [{
                    "name": "storedBalance", "label": "储值卡余额", "unit": "元", "fromValue": 18080.0, "toValue": 6602.0,
                    "fromText": null, "toText": null, "change": -11478.0, "explained": -11478.0, "difference": 0.0,
                    "unlisted": 0.0
                }],
                "rows": [{
                    "figure": "storedBalance", "source": "v_dim_member_card_account", "key": "7001",
                    "date": "2026-05-03", "fromAmount": 18080.0, "toAmount": 6602.0, "fromText": null, "toText": null,
                    "change": -11478.0, "detail": "金卡"
                }],
                "rowsTotal": 1
            }]
        },
    })))
)]
pub async fn compare(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<TimeMachine>,
    Params(asked): Params<CompareQuery>,
) -> Result<Answer<Comparison>, ApiError> {
    let chosen = asked.chosen()?;
    let ctx = tx.ctx;
    let sides = asked.sides(&ctx)?;
    let mut tasks = Vec::new();
    for of in &chosen {
        let mut both = Vec::new();
        for side in &sides {
            both.push(Tasks::read(&mut tx, side, *of, Depth::Rows).await.map_err(ApiError::core)?);
        }
        tasks.push(both);
    }
    tx.commit().await?;

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let subject = chosen.iter().map(|(_, of)| *of).find(|of| *of != Of::Site).unwrap_or(Of::Site);
    if !core!(parts, |tx| metrics::is_known(tx, &sides[1], subject)) {
        return Err(Kind::NotFound.into());
    }
    let known = core!(parts, |tx| known(tx, &sides));
    if let (Some(from), Some(first)) = (asked.from, known[0].first_date)
        && from < first
    {
        return Err(ApiError::field("from", format!("早于最早的数据({first})")));
    }
    let mut compared = Vec::new();
    for (of, tasks) in chosen.iter().zip(&tasks) {
        compared.push(core!(parts, |tx| one(tx, &sides, *of, tasks)));
    }
    parts.close().await;
    let date = |at: usize| ComparedDate { date: sides[at].today(), revised: known[at].revised };
    Ok(Answer::new(&ctx, Comparison { from: date(0), to: date(1), id: subject.id(), metrics: compared }))
}

impl CompareQuery {
    /// The metrics, and of whom each is.
    fn chosen(&self) -> Result<Vec<(Metric, Of)>, ApiError> {
        let mut chosen: Vec<(Metric, Of)> = Vec::new();
        for name in self.metrics.split(',') {
            let metric = named("metrics", name)?;
            if chosen.iter().any(|(other, _)| *other == metric) {
                return Err(ApiError::field("metrics", format!("{metric} 只能出现一次")));
            }
            chosen.push((metric, Of::Site));
        }
        let takes_id = |metric: Metric| metric.definition().subject != Subject::Site;
        let nobody = !chosen.iter().any(|(metric, _)| takes_id(*metric));
        for (metric, whose) in &mut chosen {
            // The hall's metrics may stand beside those of somebody.
            let id = self.id.as_deref().filter(|_| nobody || takes_id(*metric));
            *whose = of(*metric, id)?;
        }
        let mut whose = chosen.iter().map(|(_, of)| *of).filter(|of| *of != Of::Site);
        let first = whose.next();
        if whose.any(|of| Some(of) != first) {
            return Err(ApiError::field("metrics", "这些指标的对象不同(会员、助教、助教:会员)，请分开查询"));
        }
        Ok(chosen)
    }

    /// The context as of each of the dates.
    fn sides(&self, ctx: &RuntimeContext) -> Result<[RuntimeContext; 2], ApiError> {
        let as_of = |field: &str, date: NaiveDate| {
            let side = ctx.as_of(date);
            side.map_err(|why| ApiError::field(field, format!("不能晚于今天({})", why.today)))
        };
        let to = as_of("to", self.to.unwrap_or_else(|| ctx.today()))?;
        let from = as_of("from", self.from.unwrap_or_else(|| to.today() - Days::new(7)))?;
        if from.today() > to.today() {
            return Err(ApiError::field("from", "须不晚于 to"));
        }
        Ok([from, to])
    }
}

/// How far back the data go, and what was learned late of each date.
async fn known(tx: &mut WarehouseTx, sides: &[RuntimeContext; 2]) -> Result<[Past; 2], WarehouseError> {
    Ok([past::known(tx, &sides[0]).await?, past::known(tx, &sides[1]).await?])
}

/// A metric on both dates.
async fn one(
    tx: &mut WarehouseTx,
    sides: &[RuntimeContext; 2],
    of: (Metric, Of),
    tasks: &[Tasks],
) -> Result<MetricCompared, WarehouseError> {
    let mut read = Vec::new();
    for (ctx, tasks) in sides.iter().zip(tasks) {
        let reading = metrics::value(tx, ctx, of, tasks).await?;
        let rows = metrics::rows(tx, ctx, of, tasks, &reading).await?;
        read.push(Side { reading, rows });
    }
    let empty = || Side { reading: Default::default(), rows: Vec::new() };
    let to = read.pop().unwrap_or_else(empty);
    let from = read.pop().unwrap_or_else(empty);
    Ok(MetricCompared::new(of.0, from, to))
}
