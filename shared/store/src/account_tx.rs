//! A transaction on a user's own account, where a site need not be chosen yet.
use chrono::{DateTime, Utc};
use domain::SiteId;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::{Access, SiteTx, StoreError};

/// A transaction of one user, whatever their status. Row-level security shows them their own applications, and no row of
/// any site.
pub struct AccountTx {
    tx: Transaction<'static, Postgres>,
    access: Access,
    token_version: i32,
    /// Whose.
    pub user: AccountHolder,
    /// Business now.
    pub now: DateTime<Utc>,
}

/// A user, as of the transaction.
#[derive(Clone, Debug)]
pub struct AccountHolder {
    /// `auth.users.id`.
    pub user_id: i64,
    /// new, pending, approved, rejected, disabled.
    pub status: String,
    /// Nickname, if any.
    pub nickname: Option<String>,
    /// As WeChat gave it, unmasked.
    pub phone: Option<String>,
}

impl AccountTx {
    /// Opens the transaction: two round trips (BEGIN, `auth.open_account`). A `token_version` that is not the user's is
    /// not admitted.
    pub async fn open(
        pool: &PgPool,
        access: Access,
        user_id: i64,
        token_version: i32,
    ) -> Result<Self, StoreError> {
        let mut tx = access.begin(pool).await?;
        let row = sqlx::query!(
            r#"SELECT user_status AS "status!", nickname, phone, business_now AS "now!"
               FROM auth.open_account($1, $2)"#,
            user_id,
            token_version
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::NotAdmitted("the token is out of date, or the user is gone"))?;
        let user = AccountHolder { user_id, status: row.status, nickname: row.nickname, phone: row.phone };
        Ok(Self { tx, access, token_version, user, now: row.now })
    }

    /// Goes on at a site, in the same transaction. It proves nothing about roles there: see the `Caller`.
    pub async fn enter(self, site: SiteId) -> Result<SiteTx, StoreError> {
        SiteTx::enter(self.tx, self.access, self.user.user_id, site, self.token_version).await
    }

    /// The connection, for queries on the user's own rows.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Makes what was written durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}

/// A transaction before it is known who asks: for signing in and for refreshing, which find that out themselves.
pub(crate) struct SignInTx(Transaction<'static, Postgres>);

impl SignInTx {
    /// Opens it.
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self(pool.begin().await?))
    }

    /// The connection: row-level security shows no site's row to it.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Makes what was written durable.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
