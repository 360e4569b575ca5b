//! Tasks of a coach in three lists.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    coaching::TaskGroup,
    labels::{bg_class, task_color},
    tasks::TaskType,
};
use serde::Serialize;
use store::db::{coach_page::CoachTask, note::Note};
use utoipa::ToSchema;

use crate::routes::{notes::NoteOut, tasks::task_types};

/// At most so many of each list.
pub(super) fn listed(group: TaskGroup) -> i64 {
    match group {
        TaskGroup::Visible => 500,
        TaskGroup::Hidden | TaskGroup::Abandoned => 50,
    }
}

/// A task on its coach's page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachTaskItem {
    /// Task.
    id: i64,
    /// What to do.
    #[schema(schema_with = task_types)]
    task_type: TaskType,
    /// What to do, in words.
    task_type_label: &'static str,
    /// Colour token of the type.
    task_color: &'static str,
    /// Style class of the type.
    bg_class: &'static str,
    /// Member.
    customer_id: i64,
    /// The member's name.
    customer_name: Option<String>,
    /// Pinned to the top.
    is_pinned: bool,
    /// Made.
    created_at: DateTime<Utc>,
    /// Written for this task, newest first, at most 20.
    notes: Vec<NoteOut>,
}

/// A task that was given up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AbandonedTaskItem {
    /// Task.
    id: i64,
    /// What was to be done.
    #[schema(schema_with = task_types)]
    task_type: TaskType,
    /// In words.
    task_type_label: &'static str,
    /// Colour token of the type.
    task_color: &'static str,
    /// Style class of the type.
    bg_class: &'static str,
    /// Member.
    customer_id: i64,
    /// The member's name.
    customer_name: Option<String>,
    /// Made.
    created_at: DateTime<Utc>,
    /// Why it was given up.
    reason: Option<String>,
}

/// How many tasks there are of each kind, listed or not.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskCounts {
    /// Active.
    visible: i64,
    /// Inactive.
    hidden: i64,
    /// Abandoned.
    abandoned: i64,
}

/// The three lists.
#[derive(Default)]
pub(super) struct TaskLists {
    pub(super) visible: Vec<CoachTaskItem>,
    pub(super) hidden: Vec<CoachTaskItem>,
    pub(super) abandoned: Vec<AbandonedTaskItem>,
    pub(super) counts: TaskCounts,
}

impl TaskLists {
    pub(super) fn new(
        tasks: Vec<CoachTask>,
        notes: Vec<(i64, Note)>,
        names: &HashMap<i64, Option<String>>,
    ) -> Self {
        let mut written: HashMap<i64, Vec<NoteOut>> = HashMap::new();
        for (task, note) in notes {
            written.entry(task).or_default().push(note.into());
        }
        let mut lists = Self::default();
        for task in tasks {
            let name = names.get(&task.member_id).cloned().flatten();
            match TaskGroup::of(task.status) {
                Some(TaskGroup::Visible) => {
                    lists.counts.visible = task.of_status;
                    lists.visible.push(CoachTaskItem::new(task, name, &mut written));
                }
                Some(TaskGroup::Hidden) => {
                    lists.counts.hidden = task.of_status;
                    lists.hidden.push(CoachTaskItem::new(task, name, &mut written));
                }
                Some(TaskGroup::Abandoned) => {
                    lists.counts.abandoned = task.of_status;
                    lists.abandoned.push(AbandonedTaskItem::new(task, name));
                }
                None => {}
            }
        }
        lists
    }
}

impl CoachTaskItem {
    fn new(task: CoachTask, customer_name: Option<String>, written: &mut HashMap<i64, Vec<NoteOut>>) -> Self {
        Self {
            id: task.id,
            task_type: task.task_type,
            task_type_label: task.task_type.label(),
            task_color: task_color(task.task_type),
            bg_class: bg_class(task.task_type),
            customer_id: task.member_id,
            customer_name,
            is_pinned: task.is_pinned,
            created_at: task.created_at,
            notes: written.remove(&task.id).unwrap_or_default(),
        }
    }
}

impl AbandonedTaskItem {
    fn new(task: CoachTask, customer_name: Option<String>) -> Self {
        Self {
            id: task.id,
            task_type: task.task_type,
            task_type_label: task.task_type.label(),
            task_color: task_color(task.task_type),
            bg_class: bg_class(task.task_type),
            customer_id: task.member_id,
            customer_name,
            created_at: task.created_at,
            reason: task.abandon_reason,
        }
    }
}
