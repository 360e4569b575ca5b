use chrono::NaiveDate;
use domain::tasks::rule_edit;
use rust_decimal::Decimal;
use serde::Deserialize;
use store::{
    StoreError,
    operations::rule::{self, Edit},
};
use utoipa::ToSchema;

use super::rules_out::{self, TaskRulesOut};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{PermittedBody, TaskRules, Written, decimal},
};

/// New task rules of the site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskRulesBody {
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
    /// First business date on which they count: today or later, within a year.
    effective_from: NaiveDate,
    /// `newestVersion` as it was shown.
    #[schema(minimum = 0)]
    based_on_version: i32,
}

/// Writes a new version of the site's task rules; 409 if somebody has edited them since. The old ones stay on record.
#[utoipa::path(
    put, path = "/api/admin/task-rules", operation_id = "editTaskRules", tag = "admin", request_body = TaskRulesBody,
    responses((status = 200, body = Answer<TaskRulesOut>))
)]
pub async fn edit(
    PermittedBody { mut by, body }: PermittedBody<TaskRules, TaskRulesBody>,
) -> Result<Written<TaskRulesOut>, ApiError> {
    let ctx = by.tx.ctx;
    let mut errors = Vec::new();
    let thresholds = [body.high_threshold, body.priority_threshold, body.relationship_threshold];
    let rules = rules_out::check(thresholds, body.abandon_cooldown_days, &mut errors);
    if !rule_edit::may_take_effect(body.effective_from, ctx.today()) {
        errors.push(FieldError::new("effectiveFrom", format!("须为今天({})起一年之内的日期", ctx.today())));
    }
    if body.based_on_version < 0 {
        errors.push(FieldError::new("basedOnVersion", "须不小于 0"));
    }
    let rules = match rules {
        Some(rules) if errors.is_empty() => rules,
        _ => return Err(ApiError::invalid(errors)),
    };
    let edit = Edit { rules, effective_from: body.effective_from, based_on_version: body.based_on_version };
    let rules = rule::edit(&mut by.tx, &edit).await.map_err(|error| match error {
        StoreError::Conflict(_) => ApiError::saying(Kind::Conflict, "规则已被他人修改，请刷新后重试"),
        error => error.into(),
    })?;
    by.finish(Answer::new(&ctx, rules.into())).await
}
