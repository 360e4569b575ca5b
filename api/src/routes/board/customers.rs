//! BOARD-2.
use axum::extract::State;
use chrono::NaiveDate;
use serde::Serialize;
use store::{SiteTx, db::task_board};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use warehouse::{
    Slice, assistant, card, consumption,
    customer_board::{self, Dimension},
    member, relation, rhythm,
};

use super::customer_item::{Context, CustomerOnBoard, coaches_of};
use crate::{
    answer::{Answer, PageRequest},
    error::ApiError,
    extract::{CustomerBoard, FromQuery, Params, QueryReader, SiteWarehouse, Together, Told},
    openapi::{self, query},
    routes::degrade::{Parts, core, part},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/board/customers";

/// By what, and which page.
pub struct CustomersQuery {
    dimension: Dimension,
    page: PageRequest,
}

impl IntoParams for CustomersQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let about = "What members are ranked by (recall): win-back index, spending power index, stored balance, recharges \
                     of 60 days, last visit, spending of 60 days, visits of 60 days, closest relation.";
        let words = Dimension::ALL.map(Dimension::as_str);
        let mut params = vec![query("dimension", false, about, openapi::one_of(words))];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for CustomersQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let words = Dimension::ALL.map(Dimension::as_str).join("、");
        let dimension = query.optional("dimension", &format!("以下之一:{words}"));
        Some(Self { dimension: dimension.unwrap_or(Dimension::Recall), page: query.page()? })
    }
}

/// A page of the ranking.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerBoardPage {
    /// Highest figure first (recent: latest visit), then by id.
    list: Vec<CustomerOnBoard>,
    /// Members on every page together.
    total: i64,
    /// From 1.
    page: u32,
    /// 1–100.
    page_size: u32,
    /// Whether a page follows.
    has_more: bool,
    /// Snapshot of the ranking; null for balance and recharge, which are of now.
    stat_date: Option<NaiveDate>,
    /// Snapshot of last visits, spending and visit counts.
    visit_stat_date: Option<NaiveDate>,
    /// Snapshot of win-back indices and intervals.
    rhythm_stat_date: Option<NaiveDate>,
    /// Snapshot of the coaches' relations.
    relation_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: activeTasks, name, balance, visits, rhythm, weeklyVisits, assistants.
    degraded: Vec<&'static str>,
}

/// Members ranked by one figure, each with their coaches. 503 without the ranking.
///
/// Round trips, whatever the number of rows: 6 to the business database (BEGIN, caller, timeout, savepoint, active
/// tasks, COMMIT), 12 to the warehouse (BEGIN, site, timeout, savepoint, ranking, names, balances, visits, rhythm, two
/// for coaches, ROLLBACK; 1 more for the weeks of freq60).
#[utoipa::path(
    get, path = "/api/xcx/board/customers", operation_id = "boardCustomers", tag = "board", params(CustomersQuery),
    responses((status = 200, body = Answer<CustomerBoardPage>, example = json!({
        "code": 0,
        "data": {
            "list": [{
                "customerId": 1000291, "name": "沈欣怡", "phone": "199****9006",
                "wbi": 7.52, "spi": null, "balance": 914.0, "recharge60d": null,
                "lastVisitDate": "2026-10-02", "lastVisitDays": 51, "consumption60d": 1860.0, "visitCount60d": 4,
                "weeklyVisits": null, "idealInterval": 9.5, "maxRs": 5.31,
                "assistants": [{
                    "assistantId": 1011, "name": "小雨", "level": "高级", "levelColor": "orange", "rsScore": 5.31,
                    "relationIndex": 0.531, "heartIcon": "💛", "hasActiveTask": true
                }]
            }],
            "total": 3182, "page": 1, "pageSize": 20, "hasMore": true,
            "statDate": "2026-11-21", "visitStatDate": "2026-11-21", "rhythmStatDate": "2026-11-21",
            "relationStatDate": "2026-11-21", "degraded": []
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn customers(
    State(state): State<AppState>,
    Together { tx, warehouse, turn, .. }: Together<CustomerBoard>,
    Params(asked): Params<CustomersQuery>,
) -> Told {
    turn.tell(read(&state, tx, warehouse, asked).await)
}

async fn read(
    state: &AppState,
    mut tx: SiteTx,
    warehouse: SiteWarehouse,
    asked: CustomersQuery,
) -> Result<Answer<CustomerBoardPage>, ApiError> {
    let ctx = tx.ctx;
    let slice = Slice { limit: asked.page.limit(), offset: asked.page.offset() };
    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let ranking = core!(parts, |tx| customer_board::page(tx, &ctx, asked.dimension, slice));
    let members: Vec<i64> = ranking.rows.iter().map(|row| row.member_id).collect();
    // Whose tasks to ask for is known only now; the ranking's time limit bounds the wait of the connection.
    let at_work = task_board::at_work(&mut tx, &members, state.module_timeout).await;
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let at_work = parts.taken("activeTasks", at_work).unwrap_or_default();
    let names = part!(parts, "name", |tx| member::names(tx, &ctx, &members));
    let balances = part!(parts, "balance", |tx| card::stored_balances(tx, &ctx, &members));
    let visits = part!(parts, "visits", |tx| consumption::summaries(tx, &ctx, &members));
    let rhythms = part!(parts, "rhythm", |tx| rhythm::of_members(tx, &ctx, &members));
    let weeks = match asked.dimension {
        Dimension::Freq60 => part!(parts, "weeklyVisits", |tx| rhythm::weekly_visits(tx, &ctx, &members)),
        _ => None,
    };
    let coaches = part!(parts, "assistants", |tx| async {
        let related = relation::coaches_of(tx, &ctx, &members).await?;
        // Names of those at work without a relation; asked for in any case, so that the round trips stay the same.
        let roster = assistant::roster(tx, &ctx).await?;
        Ok((related.stat_date, coaches_of(related.rows, &at_work, &roster)))
    });
    let degraded = parts.close().await;

    let visit_stat_date = visits.as_ref().and_then(|snapshot| snapshot.stat_date);
    let rhythm_stat_date = rhythms.as_ref().and_then(|snapshot| snapshot.stat_date);
    let relation_stat_date = coaches.as_ref().and_then(|(stat_date, _)| *stat_date);
    let mut context = Context {
        names: names.into_iter().flatten().map(|name| (name.member_id, name)).collect(),
        balances: balances.into_iter().flatten().map(|row| (row.member_id, row.balance)).collect(),
        visits: visits.into_iter().flat_map(|s| s.rows).map(|row| (row.member_id, row)).collect(),
        rhythms: rhythms.into_iter().flat_map(|s| s.rows).map(|row| (row.member_id, row)).collect(),
        weeks: weeks.map(|rows| rows.into_iter().map(|row| (row.member_id, row.weeks)).collect()),
        coaches: coaches.map(|(_, coaches)| coaches).unwrap_or_default(),
    };
    let rows = ranking.rows.into_iter();
    let list =
        rows.map(|row| CustomerOnBoard::new(row, asked.dimension, ctx.today(), &mut context)).collect();
    let page = asked.page.of(list, ranking.total);
    let answer = CustomerBoardPage {
        list: page.list,
        total: page.total,
        page: page.page,
        page_size: page.page_size,
        has_more: page.has_more,
        stat_date: ranking.stat_date,
        visit_stat_date,
        rhythm_stat_date,
        relation_stat_date,
        degraded,
    };
    Ok(Answer::new(&ctx, answer))
}
