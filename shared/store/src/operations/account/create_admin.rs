//! The first administrator, and those made at the machine.
use domain::accounts::{AccountStatus, Role};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    AdminTx, StoreError,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        role,
    },
};

/// Makes an approved administrator of every site; a conflict when the name is taken. For whoever holds the program's
/// configuration: it asks nobody's permission.
pub async fn create_admin(pool: &PgPool, username: &str, password_hash: &str) -> Result<i64, StoreError> {
    let mut tx = AdminTx::of_operator(pool).await?;
    let user_id =
        account::insert_named(tx.connection(), username, password_hash, AccountStatus::Approved).await?;
    role::grant(tx.connection(), user_id, None, Role::Admin).await?;
    let entry = Entry {
        who: Who { role: Some(Role::Admin.as_str()), ..Who::default() },
        action: Action::UserCreated,
        object: Some(("user", user_id.to_string())),
        detail: json!({ "by": "create-admin", "roleCode": Role::Admin.as_str() }),
    };
    audit::write(tx.connection(), &entry).await?;
    tx.commit().await?;
    Ok(user_id)
}
