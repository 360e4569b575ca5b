//! A manager hands a task to another coach.
use domain::tasks::{
    action::{self, Action, HandOver, Reason, Refusal},
    generator::Employment,
};
use serde_json::json;

use super::act::{Refused, actor, standing};
use crate::{
    SiteTx, StoreError,
    db::{
        audit,
        task_action::{self as db, ONE_ACTIVE},
    },
};

/// To whom, and why.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The coach who gets it.
    pub to: i64,
    /// How the warehouse lists that coach.
    pub employment: Employment,
    /// In the manager's words.
    pub reason: Reason,
}

/// Hands the task over and answers its successor's id. History on both and the audit row are in the same transaction.
/// That the caller holds `tasks.transfer` is the route's to demand.
pub async fn transfer(tx: &mut SiteTx, task_id: i64, transfer: &Transfer) -> Result<i64, Refused> {
    let (ctx, actor) = (tx.ctx, actor(&tx.caller));
    db::keep_generator_out(tx.connection(), ctx.site_id).await?;
    let held = db::lock(tx.connection(), &ctx, task_id).await?.ok_or(Refused::NoSuchTask)?;
    let bound = db::is_bound(tx.connection(), &ctx, transfer.to).await?;
    let key = (transfer.to, held.member_id, held.task_type);
    let hand = HandOver {
        to: transfer.to,
        reason: transfer.reason.clone(),
        works_here: bound && transfer.employment != Employment::Resigned,
        has_one: db::has_active(tx.connection(), &ctx, key).await?,
    };
    action::decide(&standing(&held, false), actor, &Action::Transfer(hand.clone()))?;
    let user_id = tx.caller.user_id;
    let successor = db::hand_over(tx.connection(), &ctx, &held, &hand, user_id).await.map_err(|error| {
        match error.as_database_error().and_then(|e| e.constraint()) {
            Some(ONE_ACTIVE) => Refusal::HasOne.into(),
            _ => Refused::Store(StoreError::from(error)),
        }
    })?;
    let entry = audit::Entry {
        who: (&*tx).into(),
        action: audit::Action::TaskTransferred,
        object: Some(("task", task_id.to_string())),
        detail: json!({
            "assistantId": { "before": held.assistant_id, "after": transfer.to },
            "successorId": successor,
        }),
    };
    audit::write(tx.connection(), &entry).await?;
    Ok(successor)
}
