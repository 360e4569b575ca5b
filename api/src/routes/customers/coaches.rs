//! A customer's coaches: who is at work on them, and whom they like.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    Hours, Money, RelationIndex,
    customers::{favourite_emoji, favourites},
    labels::{bg_class, level_color, task_color},
    tasks::{TaskStatus, TaskType},
};
use serde::Serialize;
use store::db::customer::CoachTask;
use utoipa::ToSchema;
use warehouse::{assistant::Assistant, member_record::CoachStats, relation::MemberCoach};

use super::metric::Metric;
use crate::routes::tasks::{task_statuses, task_types};

/// A coach's newest task for the customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerTask {
    /// Task.
    id: i64,
    /// Its coach.
    assistant_id: i64,
    /// The coach's name.
    coach_name: Option<String>,
    /// Name of the coach's level.
    level: Option<String>,
    /// Colour of the level.
    level_color: &'static str,
    /// What to do.
    #[schema(schema_with = task_types)]
    task_type: TaskType,
    /// What to do, in words.
    task_type_label: &'static str,
    /// Colour of the type.
    task_color: &'static str,
    /// Style class of the type.
    bg_class: &'static str,
    /// Where it stands.
    #[schema(schema_with = task_statuses)]
    status: TaskStatus,
    /// Made.
    created_at: DateTime<Utc>,
    /// What the coach did for the customer in the last 60 days: serviceCount60d, hours60d, avgHours60d; empty when
    /// the part coachStats failed.
    metrics: Vec<Metric>,
}

/// A coach whom the customer likes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FavoriteCoach {
    /// Coach.
    assistant_id: i64,
    /// Name.
    name: Option<String>,
    /// 💖 from 0.7 on, else 💛.
    emoji: &'static str,
    /// How close, above 0 and at most 1.
    #[schema(value_type = f64)]
    relation_index: RelationIndex,
    /// The last 60 days; null when the part coachStats failed.
    stats: Option<FavoriteStats>,
}

/// What a coach did for a customer in the last 60 days, and sold to them.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FavoriteStats {
    /// Hours of base course.
    #[schema(value_type = f64)]
    base_hours: Hours,
    /// Hours of bonus course.
    #[schema(value_type = f64)]
    bonus_hours: Hours,
    /// Services.
    sessions: i64,
    /// Paid for recharges through this coach.
    #[schema(value_type = f64)]
    recharge: Money,
}

/// Of each coach, by id; `None` when the part failed.
pub(super) type Stats = Option<HashMap<i64, CoachStats>>;

pub(super) fn tasks(
    tasks: Vec<CoachTask>,
    roster: Option<Vec<Assistant>>,
    stats: &Stats,
) -> Vec<CustomerTask> {
    let roster: HashMap<i64, Assistant> =
        roster.into_iter().flatten().map(|coach| (coach.assistant_id, coach)).collect();
    tasks
        .into_iter()
        .map(|task| {
            let coach = roster.get(&task.assistant_id);
            CustomerTask {
                id: task.id,
                assistant_id: task.assistant_id,
                coach_name: coach.and_then(|c| c.name.clone()),
                level: coach.and_then(|c| c.level_name.clone()),
                level_color: level_color(coach.and_then(|c| c.level_code.as_deref())),
                task_type: task.task_type,
                task_type_label: task.task_type.label(),
                task_color: task_color(task.task_type),
                bg_class: bg_class(task.task_type),
                status: task.status,
                created_at: task.created_at,
                metrics: stats
                    .as_ref()
                    .map(|stats| Metric::of_coach(stats.get(&task.assistant_id)))
                    .unwrap_or_default(),
            }
        })
        .collect()
}

pub(super) fn favorites(coaches: Vec<MemberCoach>, stats: &Stats) -> Vec<FavoriteCoach> {
    favourites(coaches, |coach| coach.relation_index)
        .into_iter()
        .map(|(relation_index, coach)| FavoriteCoach {
            assistant_id: coach.assistant_id,
            name: coach.name,
            emoji: favourite_emoji(relation_index),
            relation_index,
            stats: stats
                .as_ref()
                .map(|stats| stats.get(&coach.assistant_id).map(FavoriteStats::from).unwrap_or_default()),
        })
        .collect()
}

impl From<&CoachStats> for FavoriteStats {
    fn from(stats: &CoachStats) -> Self {
        Self {
            base_hours: Hours::new(stats.base_hours),
            bonus_hours: Hours::new(stats.bonus_hours),
            sessions: stats.services,
            recharge: stats.recharged,
        }
    }
}
