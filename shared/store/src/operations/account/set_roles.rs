//! What a user is at a site.
use domain::{
    SiteId,
    accounts::{AccountStatus, Role},
};
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        binding, role,
    },
};

/// Why roles were not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotSet {
    /// Only an approved user has roles.
    #[error("the user is {0}")]
    Status(AccountStatus),
    /// Nobody could undo it.
    #[error("the last administrator")]
    LastAdministrator,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gives a user exactly these roles at a site (`None`: everywhere, where admin is the only one). They hold from the
/// user's next request; with the last role of a site its binding goes too.
pub async fn set_roles(
    tx: &mut AdminTx,
    user_id: i64,
    site: Option<SiteId>,
    wanted: &[Role],
) -> Result<(), NotSet> {
    role::lock_administrators(tx.connection()).await?;
    let user = account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    let before = role::at(tx.connection(), user_id, site).await?;
    let gone: Vec<Role> = before.iter().copied().filter(|role| !wanted.contains(role)).collect();
    let added: Vec<Role> = wanted.iter().copied().filter(|role| !before.contains(role)).collect();
    if gone.is_empty() && added.is_empty() {
        return Ok(());
    }
    if !added.is_empty() && user.status != AccountStatus::Approved {
        return Err(NotSet::Status(user.status));
    }
    role::withdraw(tx.connection(), user_id, site, &gone).await?;
    for role in added {
        role::grant(tx.connection(), user_id, site, role).await?;
    }
    if gone.contains(&Role::Admin) && !role::an_administrator_is_left(tx.connection()).await? {
        return Err(NotSet::LastAdministrator);
    }
    if let Some(site) = site {
        let bound = binding::of_user(tx.connection(), user_id, site).await?;
        match bound {
            Some(_) if wanted.is_empty() => binding::remove(tx.connection(), user_id, site).await?,
            Some(Some(_)) if !wanted.iter().any(|role| role.may_coach()) => {
                binding::set(tx.connection(), user_id, site, None).await?;
            }
            None if !wanted.is_empty() => binding::set(tx.connection(), user_id, site, None).await?,
            _ => {}
        }
    }
    let codes = |roles: &[Role]| roles.iter().map(ToString::to_string).collect::<Vec<_>>();
    let entry = Entry {
        who: Who::administrator(tx, site),
        action: Action::RolesChanged,
        object: Some(("user", user_id.to_string())),
        detail: json!({ "before": codes(&before), "after": codes(wanted) }),
    };
    Ok(audit::write(tx.connection(), &entry).await?)
}
