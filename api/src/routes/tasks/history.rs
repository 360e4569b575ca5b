//! One change of a task.
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::db::task_detail::TaskEvent;
use utoipa::ToSchema;

/// What changed, who did it, and when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskChange {
    /// History row.
    id: i64,
    /// created, type_changed, pinned, unpinned, abandoned, abandon_cancelled, transferred, superseded, expired,
    /// completed, coach_left.
    action: String,
    /// Status before; null when the task was made.
    old_status: Option<String>,
    /// Status after.
    new_status: Option<String>,
    /// Type before.
    old_task_type: Option<String>,
    /// Type after.
    new_task_type: Option<String>,
    /// Who did it; null = the system.
    actor_name: Option<String>,
    /// What else changed, before and after.
    #[schema(value_type = Object)]
    detail: Value,
    /// When.
    created_at: DateTime<Utc>,
}

impl From<TaskEvent> for TaskChange {
    fn from(event: TaskEvent) -> Self {
        Self {
            id: event.id,
            action: event.action,
            old_status: event.old_status,
            new_status: event.new_status,
            old_task_type: event.old_task_type,
            new_task_type: event.new_task_type,
            actor_name: event.actor_name,
            detail: event.detail,
            created_at: event.created_at,
        }
    }
}
