//! BOARD-3.
use axum::extract::State;
use chrono::NaiveDate;
use serde::Serialize;
use store::SiteTx;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};
use warehouse::finance::{self as books, Split};

use super::{
    figure::Both,
    finance_parts::{
        FinanceCoaches, FinanceDiscount, FinanceInflow, FinanceOutflow, FinanceOverview, FinanceRecharge,
        FinanceRevenue,
    },
    period::{Asked, BoardPeriod},
};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{FinanceBoard, FromQuery, Params, QueryReader, SiteWarehouse, Together, Told},
    openapi::query,
    routes::degrade::{Parts, part},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/board/finance";

/// What `area` does not filter.
const UNFILTERED: [&str; 7] =
    ["overview", "recharge", "revenue.items", "discounts", "cashInflow", "cashOutflow", "coachAnalysis"];

/// Which period, which area, and whether beside the period before.
pub struct FinanceQuery {
    period: Asked,
    area: Option<String>,
    compare: bool,
}

impl IntoParams for FinanceQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let area = "An area of the hall, as revenue.areas names it: filters that list alone; unfiltered names the rest.";
        let name = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(64));
        let compare = "With the figures of the period before (false).";
        let mut params = Vec::from(Asked::params());
        params.push(query("area", false, area, name));
        params.push(query("compare", false, compare, ObjectBuilder::new().schema_type(Type::Boolean)));
        params
    }
}

impl FromQuery for FinanceQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let period = Asked::read(query);
        let area = query.optional::<String>("area", "区域名称");
        if area.as_ref().is_some_and(|area| !(1..=64).contains(&area.chars().count())) {
            query.refuse("area", "须为 1 到 64 个字符");
        }
        let compare = query.optional("compare", "true 或 false").unwrap_or(false);
        Some(Self { period: period?, area, compare })
    }
}

/// The hall's money in a period. Figures are sums of the period's days; walk-ins are in them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceBoardPage {
    /// The period.
    period: BoardPeriod,
    /// The one before it; null without `compare`.
    previous_period: Option<BoardPeriod>,
    /// The newest day in the overview; null where the period has none yet.
    stat_date: Option<NaiveDate>,
    /// The newest day in each of the other parts.
    stat_dates: FinanceDates,
    /// The hall at a glance.
    overview: Option<FinanceOverview>,
    /// Cards.
    recharge: Option<FinanceRecharge>,
    /// Structure of the income.
    revenue: Option<FinanceRevenue>,
    /// Discounts by kind, largest first.
    discounts: Vec<FinanceDiscount>,
    /// Cash by source; adds up to cashIn.
    cash_inflow: Vec<FinanceInflow>,
    /// Expenses in four groups; adds up to cashOut.
    cash_outflow: Vec<FinanceOutflow>,
    /// Coaches' courses.
    coach_analysis: Option<FinanceCoaches>,
    /// Parts that `area` does not filter; empty without `area`.
    unfiltered: Vec<&'static str>,
    /// Parts left out because their source failed: overview, recharge, revenue, discounts, cashInflow, cashOutflow,
    /// coachAnalysis.
    degraded: Vec<&'static str>,
}

/// How far each part reaches; null where the period has nothing of it yet, or the part failed. Cards say it themselves.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceDates {
    /// Structure of the income.
    revenue: Option<NaiveDate>,
    /// Discounts by kind.
    discounts: Option<NaiveDate>,
    /// Cash by source.
    cash_inflow: Option<NaiveDate>,
    /// Expenses.
    cash_outflow: Option<NaiveDate>,
    /// Coaches' courses.
    coach_analysis: Option<NaiveDate>,
}

/// The newest day in the rows of the period.
fn newest<R>(read: Option<&Both<Vec<R>>>, day: impl Fn(&R) -> NaiveDate) -> Option<NaiveDate> {
    read.and_then(|both| both.now.iter().map(day).max())
}

/// Reads of a period and, with `compare`, of the one before: `both!(periods, |period| books::cards(tx, &ctx, period))`.
macro_rules! both {
    ($periods:ident, |$period:ident| $read:expr) => {{
        let $period = $periods.now;
        let now = $read.await?;
        let before = match $periods.before {
            Some($period) => Some($read.await?),
            None => None,
        };
        Both { now, before }
    }};
}

/// The hall's money: overview, cards, structure of the income, discounts, cash in and out, coaches' courses. 422 for an
/// area that the hall does not know. Nothing here is indispensable: every part fails alone.
///
/// Round trips, whatever the number of rows: 3 to the business database (BEGIN, caller, COMMIT), 13 to the warehouse
/// (BEGIN, site, timeout, savepoint, seven parts with one read each and two for revenue, ROLLBACK; 8 more with `compare`,
/// 1 more where an area has no income).
#[utoipa::path(
    get, path = "/api/xcx/board/finance", operation_id = "boardFinance", tag = "board", params(FinanceQuery),
    responses((status = 200, body = Answer<FinanceBoardPage>, example = json!(super::finance_example::answer())))
)]
pub async fn finance(
    State(state): State<AppState>,
    Together { tx, warehouse, turn, .. }: Together<FinanceBoard>,
    Params(asked): Params<FinanceQuery>,
) -> Told {
    turn.tell(read(&state, tx, warehouse, asked).await)
}

async fn read(
    state: &AppState,
    tx: SiteTx,
    warehouse: SiteWarehouse,
    asked: FinanceQuery,
) -> Result<Answer<FinanceBoardPage>, ApiError> {
    let ctx = tx.ctx;
    let period = asked.period.on(&ctx);
    let periods = Both { now: period, before: asked.compare.then(|| period.previous()) };
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let overview = part!(parts, "overview", |tx| async {
        Ok(both!(periods, |period| books::overview(tx, &ctx, period)))
    });
    let recharge =
        part!(parts, "recharge", |tx| async { Ok(both!(periods, |period| books::cards(tx, &ctx, period))) });
    let revenue = part!(parts, "revenue", |tx| async {
        let area = asked.area.as_deref();
        let areas = both!(periods, |period| books::income(tx, &ctx, period, Split::Area, area));
        let items = both!(periods, |period| books::income(tx, &ctx, period, Split::Item, None));
        let nothing = areas.now.is_empty() && areas.before.as_ref().is_none_or(Vec::is_empty);
        let known = match (nothing, area) {
            (true, Some(_)) => Some(books::areas(tx, &ctx).await?),
            _ => None,
        };
        let day = areas.now.iter().chain(&items.now).map(|part| part.stat_date).max();
        Ok((FinanceRevenue::new(&areas, &items), known, day))
    });
    if let (Some((_, Some(known), _)), Some(area)) = (&revenue, &asked.area)
        && !known.contains(area)
    {
        return Err(ApiError::field("area", format!("没有这个区域，现有:{}", known.join("、"))));
    }
    let discounts = part!(parts, "discounts", |tx| async {
        Ok(both!(periods, |period| books::discounts(tx, &ctx, period)))
    });
    let inflow = part!(parts, "cashInflow", |tx| async {
        Ok(both!(periods, |period| books::inflow(tx, &ctx, period)))
    });
    let outflow = part!(parts, "cashOutflow", |tx| async {
        Ok(both!(periods, |period| books::expenses(tx, &ctx, period)))
    });
    let coaches = part!(parts, "coachAnalysis", |tx| async {
        Ok(both!(periods, |period| books::coach_levels(tx, &ctx, period)))
    });
    let degraded = parts.close().await;

    let stat_dates = FinanceDates {
        revenue: revenue.as_ref().and_then(|(_, _, day)| *day),
        discounts: newest(discounts.as_ref(), |row| row.stat_date),
        cash_inflow: newest(inflow.as_ref(), |row| row.stat_date),
        cash_outflow: newest(outflow.as_ref(), |row| row.stat_date),
        coach_analysis: newest(coaches.as_ref(), |row| row.stat_date),
    };
    let page = FinanceBoardPage {
        period: period.into(),
        previous_period: periods.before.map(BoardPeriod::from),
        stat_date: overview.as_ref().and_then(|both| both.now.stat_date),
        stat_dates,
        overview: overview.map(FinanceOverview::from),
        recharge: recharge.map(FinanceRecharge::from),
        revenue: revenue.map(|(revenue, ..)| revenue),
        discounts: discounts.map(|both| FinanceDiscount::list(&both)).unwrap_or_default(),
        cash_inflow: inflow.map(|both| FinanceInflow::list(&both)).unwrap_or_default(),
        cash_outflow: outflow.map(|both| FinanceOutflow::list(&both)).unwrap_or_default(),
        coach_analysis: coaches.map(FinanceCoaches::from),
        unfiltered: asked.area.map(|_| UNFILTERED.to_vec()).unwrap_or_default(),
        degraded,
    };
    Ok(Answer::new(&ctx, page))
}
