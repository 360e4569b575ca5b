//! Which coach a user is at a site.
use domain::SiteId;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        binding, role,
    },
};

/// Why a binding was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotBound {
    /// The user has no role there.
    #[error("no role at the site")]
    NoRole,
    /// None of their roles there coaches anybody.
    #[error("none of the roles coaches anybody")]
    NotACoach,
    /// The database; a conflict: the coach is bound to another user.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A coach of the site, as its warehouse has them, not resigned.
#[derive(Clone, Debug)]
pub struct Coach {
    /// Id at the site.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
}

/// Binds a user to a coach of the site, or to nobody; who has no name takes the coach's.
pub async fn bind(
    tx: &mut AdminTx,
    user_id: i64,
    site: SiteId,
    coach: Option<&Coach>,
) -> Result<(), NotBound> {
    account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    let assistant_id = coach.map(|coach| coach.assistant_id);
    let roles = role::at(tx.connection(), user_id, Some(site)).await?;
    if roles.is_empty() {
        return Err(NotBound::NoRole);
    }
    if assistant_id.is_some() && !roles.iter().any(|role| role.may_coach()) {
        return Err(NotBound::NotACoach);
    }
    // (unbinding a coach is how one leaves: tasks end as `coach_left`)
    let before = binding::of_user(tx.connection(), user_id, site).await?.flatten();
    if let Some(name) = coach.and_then(|coach| coach.name.as_deref()) {
        account::name_if_nameless(tx.connection(), user_id, name).await?;
    }
    if before == assistant_id {
        return Ok(());
    }
    binding::set(tx.connection(), user_id, site, assistant_id).await?;
    let entry = Entry {
        who: Who::administrator(tx, Some(site)),
        action: Action::BindingChanged,
        object: Some(("user", user_id.to_string())),
        detail: json!({ "before": before, "after": assistant_id }),
    };
    Ok(audit::write(tx.connection(), &entry).await?)
}
