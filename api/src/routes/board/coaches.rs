//! BOARD-1.
use axum::extract::State;
use chrono::NaiveDate;
use domain::boards::CoachOrder;
use serde::Serialize;
use store::{SiteTx, db::task_board};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};
use warehouse::{assistant, card, coach_period, relation, skill};

use super::{
    coach_item::{CoachOnBoard, Context, Works},
    period::{Asked, BoardPeriod},
};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{CoachBoard, FromQuery, Params, QueryReader, SiteWarehouse, Together, Told},
    openapi::{self, query},
    routes::degrade::{Parts, core, part},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/board/coaches";

/// Closest members of each coach that are shown.
const TOP: i64 = 3;

/// Which period, whom, and in which order.
pub struct CoachesQuery {
    period: Asked,
    skill: Option<String>,
    order: CoachOrder,
}

impl IntoParams for CoachesQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let skill = "Code of a skill (config/skill-types). Absent: every coach.";
        let code = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(64));
        let sort = "By hours, pay (gross of a month, else course income), stored balances of paired members, or tasks \
                    done (perf_desc); ties by id.";
        let mut params = Vec::from(Asked::params());
        params.push(query("skill", false, skill, code));
        params.push(query("sort", false, sort, openapi::one_of(CoachOrder::ALL.map(CoachOrder::as_str))));
        params
    }
}

impl FromQuery for CoachesQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let period = Asked::read(query);
        let skill = query.optional::<String>("skill", "技能代码");
        if skill.as_ref().is_some_and(|code| !(1..=64).contains(&code.chars().count())) {
            query.refuse("skill", "须为 1 到 64 个字符");
        }
        let words = CoachOrder::ALL.map(CoachOrder::as_str).join("、");
        let order = query.optional("sort", &format!("以下之一:{words}")).unwrap_or_default();
        Some(Self { period: period?, skill, order })
    }
}

/// Every coach who is there, and where they stand.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachBoardPage {
    /// The period.
    period: BoardPeriod,
    /// The one before it, of hoursBefore.
    previous_period: BoardPeriod,
    /// In the order asked for; those without the figure last.
    list: Vec<CoachOnBoard>,
    /// What hours, income and pay run to; null where the period has no day yet.
    stat_date: Option<NaiveDate>,
    /// Snapshot of svAmount's pairs, the closest members and their hearts.
    relation_stat_date: Option<NaiveDate>,
    /// The newest day with a recharge in svRecharge; null where the period has none.
    sv_recharge_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: tasksDone, performance (hours, income, gross), hoursBefore,
    /// svAmount, svRecharge, topCustomers.
    degraded: Vec<&'static str>,
}

/// The coaches of the hall with hours, income, stored value, tasks done and closest members in a period. Pay of a month,
/// whole or up to today, is that of its newest pay rows; of any other period the income of its days. 422 for a skill
/// that the hall does not know, 503 without the coaches themselves.
///
/// Round trips, whatever the number of rows: 6 to the business database (BEGIN, caller, timeout, savepoint, tasks done,
/// COMMIT), 11 to the warehouse (BEGIN, site, timeout, savepoint, coaches, performance, hours before, balances,
/// recharges, closest members, ROLLBACK; 1 more where nobody has the skill).
#[utoipa::path(
    get, path = "/api/xcx/board/coaches", operation_id = "boardCoaches", tag = "board", params(CoachesQuery),
    responses((status = 200, body = Answer<CoachBoardPage>, example = json!({
        "code": 0,
        "data": {
            "period": { "from": "2026-11-01", "to": "2026-11-22" },
            "previousPeriod": { "from": "2026-10-01", "to": "2026-10-22" },
            "list": [{
                "assistantId": 1011, "name": "小雨", "level": "高级", "levelCode": "senior", "levelColor": "orange",
                "hours": 101.5, "hoursBefore": 96.25, "baseIncome": 7650.0, "bonusIncome": 1330.0, "income": 8980.0,
                "gross": 9628.25, "svAmount": 38210.5, "svRecharge": 3000.0,
                "tasksDone": 14, "recallsDone": 9, "followUpsDone": 4,
                "topCustomers": [{ "customerId": 1000291, "name": "沈欣怡", "rsScore": 9.12, "heartIcon": "💖" }]
            }],
            "statDate": "2026-11-21", "relationStatDate": "2026-11-21", "svRechargeStatDate": "2026-11-20",
            "degraded": []
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn coaches(
    State(state): State<AppState>,
    Together { tx, warehouse, turn, .. }: Together<CoachBoard>,
    Params(asked): Params<CoachesQuery>,
) -> Told {
    turn.tell(read(&state, tx, warehouse, asked).await)
}

async fn read(
    state: &AppState,
    mut tx: SiteTx,
    warehouse: SiteWarehouse,
    asked: CoachesQuery,
) -> Result<Answer<CoachBoardPage>, ApiError> {
    let ctx = tx.ctx;
    let period = asked.period.on(&ctx);
    let previous = period.previous();
    let done = task_board::done(&mut tx, period, state.module_timeout).await;
    // Given back before the warehouse is asked: a slow warehouse must not hold the business database's connections.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let coaches = core!(parts, |tx| assistant::by_skill(tx, &ctx, asked.skill.as_deref()));
    if let (true, Some(code)) = (coaches.is_empty(), &asked.skill) {
        known(core!(parts, |tx| skill::types(tx)), code)?;
    }
    let done = parts.taken("tasksDone", done);
    let ids: Vec<i64> = coaches.iter().map(|coach| coach.assistant_id).collect();
    let work = part!(parts, "performance", |tx| Works::read(tx, &ctx, period, &ids));
    let before = part!(parts, "hoursBefore", |tx| Works::read(tx, &ctx, previous, &ids));
    let balances = part!(parts, "svAmount", |tx| card::of_coaches(tx, &ctx, &ids));
    let sold = part!(parts, "svRecharge", |tx| coach_period::sold(tx, &ctx, period));
    let top = part!(parts, "topCustomers", |tx| relation::top_customers(tx, &ctx, &ids, TOP));
    let degraded = parts.close().await;

    let stat_date = work.as_ref().and_then(|work| work.stat_date);
    // Either says it, whichever was read.
    let relation_stat_date =
        top.as_ref().map(|top| top.stat_date).or(balances.as_ref().map(|b| b.stat_date)).flatten();
    let sv_recharge_stat_date = sold.iter().flatten().map(|row| row.stat_date).max();
    let mut context = Context {
        work,
        before,
        balances: balances
            .map(|snapshot| snapshot.rows.into_iter().map(|row| (row.assistant_id, row.balance)).collect()),
        sold: sold.map(|rows| rows.into_iter().map(|row| (row.assistant_id, row.recharged)).collect()),
        done: done.map(|rows| rows.into_iter().map(|row| (row.assistant_id, row)).collect()),
        top: Default::default(),
    };
    for customer in top.into_iter().flat_map(|top| top.rows) {
        context.top.entry(customer.assistant_id).or_default().push(customer);
    }
    let mut list: Vec<_> = coaches.into_iter().map(|coach| CoachOnBoard::new(coach, &mut context)).collect();
    list.sort_by(|a, b| asked.order.compare(&a.standing(), &b.standing()));
    let page = CoachBoardPage {
        period: period.into(),
        previous_period: previous.into(),
        list,
        stat_date,
        relation_stat_date,
        sv_recharge_stat_date,
        degraded,
    };
    Ok(Answer::new(&ctx, page))
}

/// A skill that nobody has is an empty board; one that is not there is a mistake.
fn known(skills: Vec<skill::SkillType>, code: &str) -> Result<(), ApiError> {
    if skills.iter().any(|skill| skill.code == code) {
        return Ok(());
    }
    let codes: Vec<&str> = skills.iter().map(|skill| skill.code.as_str()).collect();
    Err(ApiError::field("skill", format!("没有这项技能，现有:{}", codes.join("、"))))
}
