//! Letting somebody back in.
use domain::accounts::AccountStatus;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        account, application,
        audit::{self, Action, Entry, Who},
        role,
    },
};

/// Enables a disabled user: their status is again what is on record. Tokens of before stay ended. Anybody else stays as
/// they are.
pub async fn enable(tx: &mut AdminTx, user_id: i64) -> Result<(), StoreError> {
    let user = account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    if user.status != AccountStatus::Disabled {
        return Ok(());
    }
    let has_role = role::has_any(tx.connection(), user_id).await?;
    let newest = application::newest_status(tx.connection(), user_id).await?;
    let status = AccountStatus::enabled(has_role, newest);
    account::set_status(tx.connection(), user_id, status).await?;
    let entry = Entry {
        who: Who::administrator(tx, None),
        action: Action::UserEnabled,
        object: Some(("user", user_id.to_string())),
        detail: json!({ "after": status.as_str() }),
    };
    audit::write(tx.connection(), &entry).await
}
