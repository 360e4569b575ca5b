//! Shutting somebody out, at once.
use domain::accounts::AccountStatus;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        refresh_token, role,
    },
};

/// Why somebody was not disabled.
#[derive(Debug, thiserror::Error)]
pub enum NotDisabled {
    /// The caller.
    #[error("oneself")]
    Oneself,
    /// Nobody could undo it.
    #[error("the last administrator")]
    LastAdministrator,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Disables a user: status, every access token, every refresh token. A disabled one stays as they are.
pub async fn disable(tx: &mut AdminTx, user_id: i64) -> Result<(), NotDisabled> {
    if user_id == tx.admin.user_id {
        return Err(NotDisabled::Oneself);
    }
    role::lock_administrators(tx.connection()).await?;
    let user = account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    if user.status == AccountStatus::Disabled {
        return Ok(());
    }
    account::set_status(tx.connection(), user_id, AccountStatus::Disabled).await?;
    if !role::an_administrator_is_left(tx.connection()).await? {
        return Err(NotDisabled::LastAdministrator);
    }
    account::end_tokens(tx.connection(), user_id).await?;
    refresh_token::revoke_all(tx.connection(), user_id).await?;
    let entry = Entry {
        who: Who::administrator(tx, None),
        action: Action::UserDisabled,
        object: Some(("user", user_id.to_string())),
        detail: json!({ "before": user.status.as_str() }),
    };
    Ok(audit::write(tx.connection(), &entry).await?)
}
