//! One task as the list shows it.
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    Index, Money,
    customers::days_since_visit,
    people::mask_phone,
    tasks::{TaskReason, TaskStatus, TaskType, Thresholds, heart},
};
use serde::Serialize;
use store::db::task_list::ListedTask;
use utoipa::{ToSchema, openapi::schema::Object};
use warehouse::member::MemberName;

use crate::openapi;

/// A task with what the coach needs to act on it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskItem {
    /// Task.
    id: i64,
    /// Its coach.
    assistant_id: i64,
    /// What to do.
    #[schema(schema_with = task_types)]
    task_type: TaskType,
    /// What to do, in words.
    task_type_label: &'static str,
    /// Where it stands.
    #[schema(schema_with = task_statuses)]
    status: TaskStatus,
    /// Pinned to the top.
    is_pinned: bool,
    /// max(WBI, NCI), 0–10.
    #[schema(value_type = Option<f64>)]
    priority_score: Option<Index>,
    /// From then on it is inactive; null = never.
    expires_at: Option<DateTime<Utc>>,
    /// Made.
    created_at: DateTime<Utc>,
    /// Member.
    customer_id: i64,
    /// Member's name.
    member_name: Option<String>,
    /// Member's phone, masked.
    member_phone: Option<String>,
    /// RS of the pair, 0–10.
    #[schema(value_type = Option<f64>)]
    rs_score: Option<Index>,
    /// 💖 🧡 💛 💙 by RS.
    heart_icon: &'static str,
    /// Business days from the last visit to today.
    last_visit_days: Option<i64>,
    /// On stored-value cards.
    #[schema(value_type = Option<f64>)]
    balance: Option<Money>,
    /// What the AI last said of the member.
    ai_suggestion: Option<String>,
    /// Why it was given up.
    abandon_reason: Option<String>,
    /// Why it is there.
    reason: Option<Reason>,
}

/// Why a task is there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// For the coach.
    sentence: String,
    /// Win-back index.
    #[schema(value_type = Option<f64>)]
    wbi: Option<Index>,
    /// New-customer conversion index.
    #[schema(value_type = Option<f64>)]
    nci: Option<Index>,
    /// Relationship strength.
    #[schema(value_type = Option<f64>)]
    rs: Option<Index>,
    /// What the indices are of.
    stat_date: NaiveDate,
    /// What they were held against.
    #[schema(value_type = ReasonThresholds)]
    thresholds: Thresholds,
}

/// Thresholds of a task's reason; the schema of [`Thresholds`].
#[derive(ToSchema)]
pub struct ReasonThresholds {
    /// Above it: high_priority_recall.
    #[schema(value_type = f64)]
    #[expect(dead_code, reason = "stands for the domain's type in the document")]
    high: Index,
    /// Above it: priority_recall.
    #[schema(value_type = f64)]
    #[expect(dead_code, reason = "stands for the domain's type in the document")]
    priority: Index,
    /// RS below it: relationship_building.
    #[schema(value_type = f64)]
    #[expect(dead_code, reason = "stands for the domain's type in the document")]
    relationship: Index,
}

/// What the other modules of the page say, by member or by (coach, member). A failed module is empty.
#[derive(Default)]
pub(super) struct Context {
    pub(super) names: HashMap<i64, MemberName>,
    pub(super) last_visits: HashMap<i64, NaiveDate>,
    pub(super) balances: HashMap<i64, Money>,
    pub(super) relations: HashMap<(i64, i64), Index>,
    pub(super) suggestions: HashMap<i64, String>,
}

impl TaskItem {
    pub(super) fn new(task: ListedTask, today: NaiveDate, page: &Context) -> Self {
        let member = task.member_id;
        let name = page.names.get(&member);
        let rs = page.relations.get(&(task.assistant_id, member)).copied();
        Self {
            id: task.id,
            assistant_id: task.assistant_id,
            task_type: task.task_type,
            task_type_label: task.task_type.label(),
            status: task.status,
            is_pinned: task.is_pinned,
            priority_score: task.priority_score,
            expires_at: task.expires_at,
            created_at: task.created_at,
            customer_id: member,
            member_name: name.and_then(|n| n.name.clone()),
            member_phone: name.and_then(|n| n.mobile.as_deref()).map(mask_phone),
            rs_score: rs,
            heart_icon: heart(rs),
            last_visit_days: page.last_visits.get(&member).map(|last| days_since_visit(today, *last)),
            balance: page.balances.get(&member).copied(),
            ai_suggestion: page.suggestions.get(&member).cloned(),
            abandon_reason: task.abandon_reason,
            reason: task.reason.map(|reason| Reason::new(&reason, task.task_type)),
        }
    }
}

impl Reason {
    fn new(reason: &TaskReason, task_type: TaskType) -> Self {
        Self {
            sentence: reason.sentence(task_type),
            wbi: reason.wbi,
            nci: reason.nci,
            rs: reason.rs,
            stat_date: reason.stat_date,
            thresholds: reason.thresholds,
        }
    }
}

/// Schema of [`TaskType`].
pub(in crate::routes) fn task_types() -> Object {
    openapi::one_of(TaskType::ALL.iter().map(|t| t.as_str())).build()
}

/// Schema of [`TaskStatus`].
pub(in crate::routes) fn task_statuses() -> Object {
    openapi::one_of(TaskStatus::ALL.iter().map(|s| s.as_str())).build()
}
