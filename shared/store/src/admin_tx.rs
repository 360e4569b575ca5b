//! An administrator's transaction over every site: the one door for people that spans tenants, for accounts and audit.
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::StoreError;

/// A transaction in which row-level security shows accounts, applications and the audit log of every site, if the caller
/// is an approved holder of the role admin; and nothing at all otherwise.
pub struct AdminTx {
    tx: Transaction<'static, Postgres>,
    /// Who asks.
    pub admin: Administrator,
    /// Business now.
    pub now: DateTime<Utc>,
}

/// The caller, as of the transaction.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// `auth.users.id`.
    pub user_id: i64,
    /// new, pending, approved, rejected, disabled.
    pub status: String,
    /// Nickname, if any.
    pub nickname: Option<String>,
    /// Permission codes that hold at every site, sorted; empty for those who are no administrators.
    pub permissions: Vec<String>,
}

impl Administrator {
    /// Whether the caller holds a permission at every site.
    pub fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|p| p == permission)
    }
}

impl AdminTx {
    /// Opens the transaction: two round trips (BEGIN, `auth.open_everywhere`). A `token_version` that is not the user's
    /// is not admitted.
    pub async fn open(pool: &PgPool, user_id: i64, token_version: i32) -> Result<Self, StoreError> {
        let mut tx = pool.begin().await?;
        let row = sqlx::query!(
            r#"SELECT user_status AS "status!", nickname, permissions AS "permissions!", business_now AS "now!"
               FROM auth.open_everywhere($1, $2)"#,
            user_id,
            token_version
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::NotAdmitted("the token is out of date, or the user is gone"))?;
        let admin = Administrator {
            user_id,
            status: row.status,
            nickname: row.nickname,
            permissions: row.permissions,
        };
        Ok(Self { tx, admin, now: row.now })
    }

    /// The connection, for queries on accounts and the audit log.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Makes what was written durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}
