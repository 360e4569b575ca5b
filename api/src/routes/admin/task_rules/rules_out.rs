use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    Index,
    people::display_name,
    tasks::rule_edit::{self, Edited, Field, Proposed},
};
use rust_decimal::Decimal;
use serde::Serialize;
use store::{db::rule::Version, operations::rule::Rules};
use utoipa::ToSchema;

use crate::error::FieldError;

/// The task rules of a site.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskRulesOut {
    /// What the generator works with today.
    in_force: TaskRuleVersion,
    /// What it will work with, the next first.
    upcoming: Vec<TaskRuleVersion>,
    /// What it worked with before, newest first.
    history: Vec<TaskRuleVersion>,
    /// `basedOnVersion` of the next edit; 0 = the site has no rules of its own yet.
    newest_version: i32,
}

/// One version of the rules; never overwritten.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskRuleVersion {
    /// Counts up per site; the default of all sites counts for itself.
    version: i32,
    /// Whether it is the default of all sites.
    is_default: bool,
    /// max(WBI, NCI) above it: high_priority_recall.
    #[schema(value_type = f64)]
    high_threshold: Index,
    /// max(WBI, NCI) above it: priority_recall.
    #[schema(value_type = f64)]
    priority_threshold: Index,
    /// RS below it: relationship_building.
    #[schema(value_type = f64)]
    relationship_threshold: Index,
    /// Business days for which an abandoned task is not made again; 0 = off.
    abandon_cooldown_days: u32,
    /// First business date on which it counts.
    effective_from: NaiveDate,
    /// Who wrote it; null = it came with the system.
    author_name: Option<String>,
    /// When.
    created_at: DateTime<Utc>,
}

impl From<Rules> for TaskRulesOut {
    fn from(rules: Rules) -> Self {
        let all = |versions: Vec<Version>| versions.into_iter().map(TaskRuleVersion::from).collect();
        Self {
            in_force: rules.in_force.into(),
            upcoming: all(rules.upcoming),
            history: all(rules.history),
            newest_version: rules.newest_version,
        }
    }
}

impl From<Version> for TaskRuleVersion {
    fn from(version: Version) -> Self {
        let rule = version.rule;
        Self {
            version: rule.version,
            is_default: version.is_default,
            high_threshold: rule.thresholds.high,
            priority_threshold: rule.thresholds.priority,
            relationship_threshold: rule.thresholds.relationship,
            abandon_cooldown_days: rule.abandon_cooldown_days,
            effective_from: version.effective_from,
            author_name: display_name(version.author_name.as_deref(), None).map(str::to_owned),
            created_at: version.created_at,
        }
    }
}

/// The rules as sent, or every refused field into `errors`.
pub(super) fn check(
    [high, priority, relationship]: [Decimal; 3],
    abandon_cooldown_days: i64,
    errors: &mut Vec<FieldError>,
) -> Option<Edited> {
    let field = |field| match field {
        Field::High => "highThreshold",
        Field::Priority => "priorityThreshold",
        Field::Relationship => "relationshipThreshold",
        Field::Cooldown => "abandonCooldownDays",
    };
    rule_edit::check(Proposed { high, priority, relationship, abandon_cooldown_days })
        .map_err(|refused| errors.extend(refused.into_iter().map(|(f, why)| FieldError::new(field(f), why))))
        .ok()
}
