//! A back-office name and a password for somebody who is there already.
use serde_json::json;
use sqlx::PgPool;

use crate::{
    AdminTx, StoreError,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        refresh_token,
    },
};

/// Gives a user this name and password, and ends every session of theirs: whoever had the old one is out. `user_id`
/// `None`: the user who has the name. Not found: there is no such user; a conflict: the name is somebody else's. For
/// whoever holds the program's configuration: it asks nobody's permission.
pub async fn set_password(
    pool: &PgPool,
    user_id: Option<i64>,
    username: &str,
    password_hash: &str,
) -> Result<i64, StoreError> {
    let user_id = match user_id {
        Some(user_id) => user_id,
        None => account::by_username(pool, username).await?.ok_or(StoreError::NotFound("user"))?.user_id,
    };
    let mut tx = AdminTx::of_operator(pool).await?;
    account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    account::set_credentials(tx.connection(), user_id, username, password_hash).await?;
    account::end_tokens(tx.connection(), user_id).await?;
    refresh_token::revoke_all(tx.connection(), user_id).await?;
    let entry = Entry {
        who: Who::default(),
        action: Action::PasswordSet,
        object: Some(("user", user_id.to_string())),
        detail: json!({ "by": "set-password" }),
    };
    audit::write(tx.connection(), &entry).await?;
    tx.commit().await?;
    Ok(user_id)
}
