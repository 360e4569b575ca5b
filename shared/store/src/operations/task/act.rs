//! Somebody pins, unpins, gives up or takes up a task again.
use domain::tasks::{
    HistoryAction,
    action::{self, Action, Actor, Change, Refusal, Standing},
};
use serde_json::{Value, json};

use crate::{
    SiteTx, StoreError,
    db::task_action::{self as db, Held, ONE_ACTIVE},
    site_tx::Caller,
};

/// Why a task is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No task of that id at this site.
    #[error("no such task")]
    NoSuchTask,
    /// The rule says no.
    #[error(transparent)]
    Rule(#[from] Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Acts on a task: its row is locked, the rule decides on what it finds, and the change and its history row are one
/// statement. `false`: it is as wanted already, and nothing was written. Of two people at once one waits, and is
/// decided on what the other left. [`Action::Transfer`] is [`super::transfer`]'s.
pub async fn act(tx: &mut SiteTx, task_id: i64, action: &Action) -> Result<bool, Refused> {
    let (ctx, actor) = (tx.ctx, actor(&tx.caller));
    let held = db::lock(tx.connection(), &ctx, task_id).await?.ok_or(Refused::NoSuchTask)?;
    let twin_active = match action {
        Action::CancelAbandon => {
            let twin = (held.assistant_id, held.member_id, held.task_type);
            db::has_active(tx.connection(), &ctx, twin).await?
        }
        _ => false,
    };
    let Some(change) = action::decide(&standing(&held, twin_active), actor, action)? else {
        return Ok(false);
    };
    let user_id = Some(tx.caller.user_id);
    let detail = detail(&held, &change);
    // The check above tells what stands; the index holds it against what is being made at this moment.
    db::save(tx.connection(), &ctx, &held, &change, user_id, &detail).await.map_err(twin)?;
    Ok(true)
}

pub(super) fn actor(caller: &Caller) -> Actor {
    Actor { assistant_id: caller.assistant_id, every_task: caller.may("tasks.site") }
}

pub(super) fn standing(held: &Held, twin_active: bool) -> Standing {
    Standing {
        assistant_id: held.assistant_id,
        status: held.status,
        is_pinned: held.is_pinned,
        abandon_reason: held.abandon_reason.clone(),
        twin_active,
    }
}

fn twin(error: sqlx::Error) -> Refused {
    match error.as_database_error().and_then(|e| e.constraint()) {
        Some(ONE_ACTIVE) => Refusal::TwinActive.into(),
        _ => StoreError::from(error).into(),
    }
}

/// What changed beside the status, before and after.
fn detail(held: &Held, change: &Change) -> Value {
    match change.action {
        HistoryAction::Pinned | HistoryAction::Unpinned => {
            json!({ "isPinned": { "before": held.is_pinned, "after": change.is_pinned } })
        }
        _ => json!({ "abandonReason": { "before": held.abandon_reason, "after": change.abandon_reason } }),
    }
}
