//! Editing the rules of a site.
use chrono::NaiveDate;
use domain::tasks::rule_edit::Edited;
use serde_json::{Value, json};

use super::{Rules, show};
use crate::{
    SiteTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        rule,
    },
};

/// What is to hold, from when, and which version the editor saw.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// The rules.
    pub rules: Edited,
    /// First business date; checked by `rule_edit::may_take_effect`.
    pub effective_from: NaiveDate,
    /// [`Rules::newest_version`] as it was shown.
    pub based_on_version: i32,
}

/// Writes a new version and an audit row with before and after. A conflict when somebody edited since.
pub async fn edit(tx: &mut SiteTx, edit: &Edit) -> Result<Rules, StoreError> {
    let (ctx, who) = (tx.ctx, Who::from(&*tx));
    let before = show(tx.connection(), &ctx).await?;
    if before.newest_version != edit.based_on_version {
        return Err(StoreError::Conflict("the rules have been edited since".into()));
    }
    let author = tx.caller.user_id;
    let based_on = edit.based_on_version;
    let version =
        rule::insert(tx.connection(), ctx.site_id, author, based_on, &edit.rules, edit.effective_from)
            .await?;
    let then = &before.in_force.rule;
    let entry = Entry {
        who,
        action: Action::TaskRulesChanged,
        object: Some(("task_rules", version.to_string())),
        detail: json!({
            "before": detail(&Edited { thresholds: then.thresholds, abandon_cooldown_days: then.abandon_cooldown_days }),
            "after": detail(&edit.rules),
            "effectiveFrom": edit.effective_from,
        }),
    };
    audit::write(tx.connection(), &entry).await?;
    show(tx.connection(), &ctx).await
}

fn detail(rules: &Edited) -> Value {
    json!({
        "highThreshold": rules.thresholds.high,
        "priorityThreshold": rules.thresholds.priority,
        "relationshipThreshold": rules.thresholds.relationship,
        "abandonCooldownDays": rules.abandon_cooldown_days,
    })
}
