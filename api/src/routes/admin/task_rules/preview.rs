use std::collections::HashMap;

use chrono::NaiveDate;
use domain::tasks::{
    TaskType,
    generator::{Pair, Plan, Stale, stat_date},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use store::{
    db::recall,
    operations::{
        rule,
        task::{complete_recalls::CompletedBy, generate::Input},
    },
};
use utoipa::ToSchema;
use warehouse::{
    assistant,
    indices::{self, MorningPair},
    service_log::{self, PairSince},
};

use super::rules_out;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{PermittedBody, TaskRules, decimal},
};

/// Task rules to be tried out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskRulesPreviewBody {
    /// max(WBI, NCI) above it: high_priority_recall. 0–10, two decimals.
    #[serde(deserialize_with = "decimal")]
    #[schema(value_type = f64, minimum = 0, maximum = 10)]
    high_threshold: Decimal,
    /// max(WBI, NCI) above it: priority_recall. Below `highThreshold`.
    #[serde(deserialize_with = "decimal")]
    #[schema(value_type = f64, minimum = 0, maximum = 10)]
    priority_threshold: Decimal,
    /// RS below it: relationship_building.
    #[serde(deserialize_with = "decimal")]
    #[schema(value_type = f64, minimum = 0, maximum = 10)]
    relationship_threshold: Decimal,
    /// Business days for which an abandoned task is not made again; 0 = off.
    #[schema(minimum = 0, maximum = 3650)]
    abandon_cooldown_days: i64,
}

/// What the next generation would do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskRulesPreview {
    /// The snapshot it would work with; null when there is none fit for it.
    stat_date: Option<NaiveDate>,
    /// Why no generation would take place now; null = it would.
    stale: Option<String>,
    /// All coaches together.
    total: PreviewFigures,
    /// Those whom it concerns, by id.
    coaches: Vec<CoachPreview>,
}

/// What it would do to one coach's tasks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachPreview {
    /// Coach.
    assistant_id: i64,
    /// Coach's name.
    name: Option<String>,
    /// Why this coach gets no tasks, or not all; null = nothing is wrong.
    problem: Option<&'static str>,
    /// The figures.
    figures: PreviewFigures,
}

/// Numbers of tasks, and of pairs that get none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewFigures {
    /// Recalls completed first, since the member came back.
    recalls_completed: u64,
    /// Made: all types.
    created: u64,
    /// Made: high_priority_recall.
    created_high_priority_recall: u64,
    /// Made: priority_recall.
    created_priority_recall: u64,
    /// Made: relationship_building.
    created_relationship_building: u64,
    /// Of those made, in place of another type.
    type_changed: u64,
    /// Closed for them.
    closed: u64,
    /// Follow-ups that stay beside a new task for 48 hours.
    held: u64,
    /// Already there with the right type.
    kept: u64,
    /// Of those, with a new score or reason.
    rescored: u64,
    /// Pairs for which no rule matches: whatever is active stays.
    unmatched: u64,
    /// Pairs left out by the cool-down.
    cooling_down: u64,
    /// Pairs left out because the member is already back.
    already_back: u64,
    /// Closed because the coach has left.
    coach_left: u64,
}

/// What the next generation would make, change and leave under these rules, coach by coach. Nothing is written.
#[utoipa::path(
    post, path = "/api/admin/task-rules/preview", operation_id = "previewTaskRules", tag = "admin",
    request_body = TaskRulesPreviewBody, responses((status = 200, body = Answer<TaskRulesPreview>))
)]
pub async fn preview(
    PermittedBody { mut by, body }: PermittedBody<TaskRules, TaskRulesPreviewBody>,
) -> Result<Answer<TaskRulesPreview>, ApiError> {
    let ctx = by.tx.ctx;
    let mut errors = Vec::new();
    let thresholds = [body.high_threshold, body.priority_threshold, body.relationship_threshold];
    let edited = rules_out::check(thresholds, body.abandon_cooldown_days, &mut errors)
        .ok_or_else(|| ApiError::invalid(errors))?;
    let open = recall::open(by.tx.connection(), ctx.site_id).await?;

    let mut warehouse = by.warehouse.begin().await?;
    let morning = indices::morning(&mut warehouse, &ctx).await?;
    let roster = assistant::roster(&mut warehouse, &ctx).await?;
    let questions: Vec<PairSince> = open
        .iter()
        .map(|r| PairSince {
            key: r.task_id,
            assistant_id: r.assistant_id,
            member_id: r.member_id,
            since: r.created_at,
        })
        .collect();
    let served = service_log::first_since(&mut warehouse, &questions).await?;
    warehouse.close().await?;

    let dates = (morning.relation_date, morning.winback_date, morning.newconv_date);
    let stat_date = match stat_date(ctx.today(), dates.0, dates.1, dates.2) {
        Ok(date) => date,
        Err(why) => return Ok(Answer::new(&ctx, TaskRulesPreview::stale(&why))),
    };
    let pairs: Vec<Pair> = morning.pairs.iter().map(MorningPair::pair).collect();
    let staff: HashMap<i64, _> = roster.iter().map(|a| (a.assistant_id, a.employment())).collect();
    let names: HashMap<i64, String> =
        roster.into_iter().filter_map(|a| Some((a.assistant_id, a.name?))).collect();
    let back: Vec<CompletedBy> = served
        .iter()
        .map(|s| CompletedBy { task_id: s.key, service_id: s.service_id, service_time: s.create_time })
        .collect();
    let input = Input { stat_date, pairs: &pairs, staff: &staff };
    let found = rule::preview(by.tx.connection(), &ctx, &edited, &input, &back).await?;
    // Not finished: the transaction ends as it began.
    drop(by);
    let coaches: Vec<CoachPreview> = found
        .into_iter()
        .map(|coach| CoachPreview {
            assistant_id: coach.assistant_id,
            name: names.get(&coach.assistant_id).cloned(),
            problem: problem(&coach.plan),
            figures: PreviewFigures::of(&coach.plan, coach.recalls_completed),
        })
        .collect();
    let total = coaches.iter().map(|c| c.figures).fold(PreviewFigures::default(), PreviewFigures::plus);
    Ok(Answer::new(&ctx, TaskRulesPreview { stat_date: Some(stat_date), stale: None, total, coaches }))
}

impl TaskRulesPreview {
    fn stale(why: &Stale) -> Self {
        let words = match why {
            Stale::NoSnapshot { .. } => "数据仓库还没有关系指数快照，任务生成会被跳过".to_owned(),
            Stale::TooOld { stat_date, .. } => {
                format!("最新的关系指数快照是 {stat_date}，已过期，任务生成会被跳过")
            }
            Stale::Incomplete { stat_date, .. } => format!("{stat_date} 的指数快照不完整，任务生成会被跳过"),
        };
        let total = PreviewFigures::default();
        Self { stat_date: None, stale: Some(words), total, coaches: Vec::new() }
    }
}

fn problem(plan: &Plan) -> Option<&'static str> {
    if !plan.unbound.is_empty() {
        Some("助教没有绑定已通过审核的账号，不生成任务")
    } else if plan.bad.values().any(|bad| bad.pairs > 0) {
        Some("部分指数数据异常，相应客户不生成任务")
    } else if !plan.bad.is_empty() {
        Some("已绑定账号，但不在数据仓库的员工名单上")
    } else {
        None
    }
}

impl PreviewFigures {
    fn of(plan: &Plan, recalls_completed: u64) -> Self {
        let made = |kind| plan.creates.iter().filter(|c| c.task_type == kind).count() as u64;
        Self {
            recalls_completed,
            created: plan.creates.len() as u64,
            created_high_priority_recall: made(TaskType::HighPriorityRecall),
            created_priority_recall: made(TaskType::PriorityRecall),
            created_relationship_building: made(TaskType::RelationshipBuilding),
            type_changed: plan.creates.iter().filter(|c| !c.replaces.is_empty()).count() as u64,
            closed: plan.creates.iter().map(|c| c.replaces.len() as u64).sum(),
            held: plan.creates.iter().filter(|c| c.holds.is_some_and(|(_, until)| until.is_some())).count()
                as u64,
            kept: plan.kept,
            rescored: plan.rescores.len() as u64,
            unmatched: plan.unmatched,
            cooling_down: plan.cooling_down,
            already_back: plan.already_back,
            coach_left: plan.leavers.len() as u64,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            recalls_completed: self.recalls_completed + other.recalls_completed,
            created: self.created + other.created,
            created_high_priority_recall: self.created_high_priority_recall
                + other.created_high_priority_recall,
            created_priority_recall: self.created_priority_recall + other.created_priority_recall,
            created_relationship_building: self.created_relationship_building
                + other.created_relationship_building,
            type_changed: self.type_changed + other.type_changed,
            closed: self.closed + other.closed,
            held: self.held + other.held,
            kept: self.kept + other.kept,
            rescored: self.rescored + other.rescored,
            unmatched: self.unmatched + other.unmatched,
            cooling_down: self.cooling_down + other.cooling_down,
            already_back: self.already_back + other.already_back,
            coach_left: self.coach_left + other.coach_left,
        }
    }
}
