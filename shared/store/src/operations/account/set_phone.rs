//! The phone number that WeChat vouches for.
use crate::{AccountTx, StoreError, db::account};

/// Keeps it as the user's own.
pub async fn set_phone(tx: &mut AccountTx, phone: &str) -> Result<(), StoreError> {
    let user_id = tx.user.user_id;
    account::set_phone(tx.connection(), user_id, phone).await
}
