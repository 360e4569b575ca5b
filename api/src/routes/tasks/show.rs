//! TASK-2.
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Money, coaching::course_type, customers::days_since_visit, people::mask_phone};
use rust_decimal::Decimal;
use serde::Serialize;
use store::db::task_detail;
use utoipa::ToSchema;
use warehouse::pair::{self, MemberBrief, PairService};

use super::{
    history::TaskChange,
    item::TaskItem,
    surroundings::{Surroundings, is_theirs},
};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{NoQuery, OwnOrSiteTasks, Params, PathId, Permitted},
    routes::{
        clues::ClueOut,
        degrade::{Parts, part},
        notes::NoteOut,
    },
    state::AppState,
};

const ROUTE: &str = "/api/xcx/tasks/{id}";
/// Newest service records shown.
const SERVICES: i64 = 20;
/// Newest notes and clues shown; the lists of their own have them all.
const WRITTEN: i64 = 50;

/// A task and what one should know before acting on it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskDetail {
    /// As in the list.
    task: TaskItem,
    /// The member; null when the part failed or the warehouse knows nobody of that id.
    customer: Option<Customer>,
    /// Newest 20 of this coach for this member, newest first.
    service_records: Vec<ServiceRecord>,
    /// Written for this task, newest first, at most 50.
    notes: Vec<NoteOut>,
    /// Every change, oldest first.
    history: Vec<TaskChange>,
    /// What the AI suggests to say.
    talking_points: Vec<String>,
    /// What may bring the member back, newest edit first, at most 50.
    retention_clues: Vec<ClueOut>,
    /// Snapshot of the relation score and heart.
    stat_date: Option<NaiveDate>,
    /// Snapshot of the last visit; the days since run to today.
    last_visit_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: history, notes, talkingPoints, retentionClues, aiSuggestion,
    /// memberName, rsScore, lastVisitDays, balance, customer, serviceRecords.
    degraded: Vec<&'static str>,
}

/// The member in brief.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Member.
    id: i64,
    /// Name.
    name: Option<String>,
    /// Phone, masked.
    phone: Option<String>,
    /// Such as 金卡.
    grade_name: Option<String>,
    /// When they became a member.
    register_time: Option<DateTime<Utc>>,
    /// On stored-value cards.
    #[schema(value_type = Option<f64>)]
    balance: Option<Money>,
    /// Business days from the last visit to today.
    last_visit_days: Option<i64>,
    /// Visits in the snapshot's last 60 days.
    visit_count_60d: Option<i64>,
    /// Spent in those days.
    #[schema(value_type = Option<f64>)]
    consumption_60d: Option<Money>,
    /// Snapshot of the last two.
    stat_date: Option<NaiveDate>,
}

/// A service of this coach for this member.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRecord {
    /// Service.
    id: i64,
    /// Booked.
    create_time: DateTime<Utc>,
    /// Began.
    start_time: Option<DateTime<Utc>>,
    /// Ended.
    end_time: Option<DateTime<Utc>>,
    /// Table.
    table_id: Option<i64>,
    /// 基础课 or 激励课.
    course_type: String,
    /// Such as 中式八球.
    skill_name: Option<String>,
    /// Hours that count.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    hours: Decimal,
    /// What the coach's time cost.
    #[schema(value_type = f64)]
    income: Money,
}

/// One task with the member, what the two did together, notes, history, talking points and clues.
///
/// Round trips, whatever the number of rows: 11 to the business database (BEGIN, caller, task, timeout, savepoint,
/// suggestion, notes, history, talking points, clues, COMMIT), 11 to the warehouse (BEGIN, site, timeout, savepoint, six
/// parts, ROLLBACK).
#[utoipa::path(
    get, path = "/api/xcx/tasks/{id}", operation_id = "showTask", tag = "tasks",
    params(("id" = i64, Path, description = "Task.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<TaskDetail>, example = json!(super::example::detail())))
)]
pub async fn show(
    State(state): State<AppState>,
    Permitted { mut tx, warehouse, .. }: Permitted<OwnOrSiteTasks>,
    id: PathId,
    _: Params<NoQuery>,
) -> Result<Answer<TaskDetail>, ApiError> {
    let id = id.get()?;
    let ctx = tx.ctx;
    let task = task_detail::task(&mut tx, id).await.map_err(ApiError::core)?.ok_or(Kind::NotFound)?;
    is_theirs(&tx.caller, &task)?;
    let (coach, member, limit) = (task.assistant_id, task.member_id, state.module_timeout);
    let history = task_detail::history(&mut tx, id, limit).await;
    let notes = task_detail::notes(&mut tx, id, WRITTEN, limit).await;
    let talking_points = task_detail::talking_points(&mut tx, coach, member, limit).await;
    let clues = task_detail::clues(&mut tx, member, WRITTEN, limit).await;
    let suggestions = store::db::task_list::suggestions(&mut tx, &[member], limit).await;
    // Given back before the warehouse is asked.
    if let Err(error) = tx.commit().await {
        tracing::debug!(%error, "a read-only transaction ended by itself");
    }

    let mut parts = Parts::open(&warehouse, ROUTE, limit).await;
    let history = parts.taken("history", history).unwrap_or_default();
    let notes = parts.taken("notes", notes).unwrap_or_default();
    let talking_points = parts.taken("talkingPoints", talking_points).unwrap_or_default();
    let clues = parts.taken("retentionClues", clues).unwrap_or_default();
    let suggestions = parts.taken("aiSuggestion", suggestions).unwrap_or_default();
    let Surroundings { mut context, stat_date, last_visit_stat_date, .. } =
        Surroundings::facts(&mut parts, &ctx, &task).await;
    context.suggestions = suggestions.into_iter().collect();
    let brief = part!(parts, "customer", |tx| pair::brief(tx, &ctx, member));
    let services = part!(parts, "serviceRecords", |tx| pair::services(tx, &ctx, (coach, member), SERVICES));
    let degraded = parts.close().await;

    let task = TaskItem::new(task, ctx.today(), &context);
    let customer = brief.and_then(|brief| {
        let (snapshot, row) = (brief.stat_date, brief.rows.into_iter().next()?);
        let name = context.names.get(&member);
        let MemberBrief { grade_name, register_time, visit_count_60d, consumption_60d } = row;
        Some(Customer {
            id: member,
            name: name.and_then(|n| n.name.clone()),
            phone: name.and_then(|n| n.mobile.as_deref()).map(mask_phone),
            grade_name,
            register_time,
            balance: context.balances.get(&member).copied(),
            last_visit_days: context
                .last_visits
                .get(&member)
                .map(|last| days_since_visit(ctx.today(), *last)),
            visit_count_60d,
            consumption_60d,
            stat_date: snapshot,
        })
    });
    let detail = TaskDetail {
        task,
        customer,
        service_records: services.into_iter().flatten().map(ServiceRecord::from).collect(),
        notes: notes.into_iter().map(NoteOut::from).collect(),
        history: history.into_iter().map(TaskChange::from).collect(),
        talking_points,
        retention_clues: clues.into_iter().map(ClueOut::from).collect(),
        stat_date,
        last_visit_stat_date,
        degraded,
    };
    Ok(Answer::new(&ctx, detail))
}

impl From<PairService> for ServiceRecord {
    fn from(service: PairService) -> Self {
        Self {
            id: service.id,
            create_time: service.create_time,
            start_time: service.start_time,
            end_time: service.end_time,
            table_id: service.table_id,
            course_type: course_type(&service.course_kind).to_owned(),
            skill_name: service.skill_name,
            hours: service.hours,
            income: service.income,
        }
    }
}
