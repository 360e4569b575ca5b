//! TASK-1.
use std::collections::HashMap;

use axum::extract::State;
use chrono::NaiveDate;
use domain::tasks::{TaskStatus, TaskType};
use serde::Serialize;
use store::{
    db::task_list::{self, Filter},
    site_tx::Caller,
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use warehouse::{card, consumption, member, relation, relation::Pair, salary, tier};

use super::{
    item::{Context, TaskItem, task_statuses, task_types},
    performance::Performance,
};
use crate::{
    answer::{Answer, PageRequest},
    error::{ApiError, Kind},
    extract::{FromQuery, OwnOrSiteTasks, Params, Permitted, QueryReader},
    openapi::{self, query},
    routes::degrade::{Parts, part},
    state::AppState,
};

const ROUTE: &str = "/api/xcx/tasks";

/// Which tasks.
pub struct TasksQuery {
    status: Option<TaskStatus>,
    task_type: Option<TaskType>,
    assistant_id: Option<i64>,
    page: PageRequest,
}

impl IntoParams for TasksQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let status = "Absent: the active ones, then the abandoned ones.";
        let coach = "Managers: one coach; absent = the whole site. A coach may name only themselves.";
        let mut params = vec![
            query("status", false, status, task_statuses()),
            query("taskType", false, "Absent: every type.", task_types()),
            query("assistantId", false, coach, openapi::id()),
        ];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for TasksQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (status, task_type) = (query.task_status("status"), query.task_type("taskType"));
        let assistant_id = query.id("assistantId");
        Some(Self { status, task_type, assistant_id, page: query.page()? })
    }
}

/// The list, the coach's month, and what is missing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskList {
    /// Pinned first, then by priority score, then the oldest; abandoned ones after the active ones.
    list: Vec<TaskItem>,
    /// Tasks on every page together.
    total: i64,
    /// From 1.
    page: u32,
    /// 1–100.
    page_size: u32,
    /// Whether a page follows.
    has_more: bool,
    /// The coach's month; null for a whole site.
    performance: Option<Performance>,
    /// Snapshot of the relation scores and hearts.
    stat_date: Option<NaiveDate>,
    /// Snapshot of the last visits.
    last_visit_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: memberName, rsScore, lastVisitDays, balance, aiSuggestion,
    /// performance.
    degraded: Vec<&'static str>,
}

/// A coach's tasks, or for managers another coach's or the whole site's.
///
/// Round trips, whatever the number of rows: 7 to the business database (BEGIN, caller, tasks, timeout, savepoint,
/// suggestions, COMMIT), 11 to the warehouse (BEGIN, site, timeout, savepoint, one per part and two for performance,
/// ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/tasks", operation_id = "listTasks", tag = "tasks", params(TasksQuery),
    responses((status = 200, body = Answer<TaskList>, example = json!(super::example::list())))
)]
pub async fn list(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<OwnOrSiteTasks>,
    Params(asked): Params<TasksQuery>,
) -> Result<Answer<TaskList>, ApiError> {
    let ctx = tx.ctx;
    let coach = whose(&tx.caller, asked.assistant_id)?;
    let filter = Filter {
        assistant_id: coach,
        status: asked.status,
        task_type: asked.task_type,
        offset: asked.page.offset(),
        limit: asked.page.limit(),
    };
    let found = task_list::page(&mut tx, filter).await.map_err(ApiError::core)?;
    let mut members: Vec<i64> = found.tasks.iter().map(|task| task.member_id).collect();
    members.sort_unstable();
    members.dedup();
    let suggestions = task_list::suggestions(&mut tx, &members, state.module_timeout).await;
    // Given back before the warehouse is asked: a slow warehouse must not hold the business database's connections.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, state.module_timeout).await;
    let suggestions = suggestions.or_else(|error| parts.failed("aiSuggestion", error).ok_or(()));
    let pairs: Vec<Pair> = found
        .tasks
        .iter()
        .map(|task| Pair { assistant_id: task.assistant_id, member_id: task.member_id })
        .collect();
    let names = part!(parts, "memberName", |tx| member::names(tx, &ctx, &members));
    let relations = part!(parts, "rsScore", |tx| relation::scores(tx, &ctx, &pairs));
    let visits = part!(parts, "lastVisitDays", |tx| consumption::last_visits(tx, &ctx, &members));
    let balances = part!(parts, "balance", |tx| card::stored_balances(tx, &ctx, &members));
    let performance = match coach {
        None => None,
        Some(coach) => part!(parts, "performance", |tx| async {
            let pay = salary::month(tx, &ctx, coach).await?;
            Ok(Performance::new(pay.as_ref(), &tier::nodes(tx, &ctx).await?))
        }),
    };
    let degraded = parts.close().await;

    let stat_date = relations.as_ref().and_then(|snapshot| snapshot.stat_date);
    let last_visit_stat_date = visits.as_ref().and_then(|snapshot| snapshot.stat_date);
    let context = Context {
        names: names.into_iter().flatten().map(|name| (name.member_id, name)).collect(),
        last_visits: visits
            .into_iter()
            .flat_map(|snapshot| snapshot.rows)
            .filter_map(|visit| Some((visit.member_id, visit.last_consume_date?)))
            .collect(),
        balances: balances.into_iter().flatten().map(|b| (b.member_id, b.balance)).collect(),
        relations: relations
            .into_iter()
            .flat_map(|snapshot| snapshot.rows)
            .filter_map(|score| Some(((score.assistant_id, score.member_id), score.rs?)))
            .collect(),
        suggestions: suggestions.map_or_else(|()| HashMap::new(), HashMap::from_iter),
    };
    let items = found.tasks.into_iter().map(|task| TaskItem::new(task, ctx.today(), &context)).collect();
    let page = asked.page.of(items, found.total);
    let answer = TaskList {
        list: page.list,
        total: page.total,
        page: page.page,
        page_size: page.page_size,
        has_more: page.has_more,
        performance,
        stat_date,
        last_visit_stat_date,
        degraded,
    };
    Ok(Answer::new(&ctx, answer))
}

/// The coach whose tasks these are; `None` = the whole site.
fn whose(caller: &Caller, asked: Option<i64>) -> Result<Option<i64>, ApiError> {
    if caller.may("tasks.site") {
        return Ok(asked);
    }
    let own = caller.assistant_id.ok_or(Kind::NoCoach)?;
    match asked {
        Some(asked) if asked != own => Err(Kind::NotYours.into()),
        _ => Ok(Some(own)),
    }
}
