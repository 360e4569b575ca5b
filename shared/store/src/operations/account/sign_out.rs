//! Signing out.
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    StoreError,
    account_tx::SignInTx,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        refresh_token,
    },
};

/// Ends the family of a refresh token. An unknown or ended one is as good: nothing is told, and nothing changes.
pub async fn sign_out(pool: &PgPool, plain: &str) -> Result<(), StoreError> {
    let mut tx = SignInTx::begin(pool).await?;
    let Some(user_id) = refresh_token::holder(tx.connection(), plain).await? else { return Ok(()) };
    account::lock(tx.connection(), user_id).await?;
    if refresh_token::revoke_family(tx.connection(), user_id, plain).await? > 0 {
        let entry = Entry {
            who: Who { user_id: Some(user_id), ..Who::default() },
            action: Action::SignedOut,
            object: Some(("user", user_id.to_string())),
            detail: Value::Null,
        };
        audit::write(tx.connection(), &entry).await?;
    }
    tx.commit().await
}
