//! An administrator's transaction over every site: the one door for people that spans tenants, for accounts, audit and the scheduler.
use chrono::{DateTime, Utc};
use domain::{Calendar, RuntimeContext, SiteId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::{Access, StoreError};

/// A transaction in which row-level security shows accounts, applications, the audit log, runs and events of every site, and
/// lets jobs and runs be written, if the caller is an approved holder of the role admin; and nothing at all otherwise.
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
    pub async fn open(
        pool: &PgPool,
        access: Access,
        user_id: i64,
        token_version: i32,
    ) -> Result<Self, StoreError> {
        let mut tx = access.begin(pool).await?;
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

    /// Opens the transaction for whoever runs a subcommand of the program: nobody's, and over every site all the same.
    pub(crate) async fn of_operator(pool: &PgPool) -> Result<Self, StoreError> {
        let mut tx = pool.begin().await?;
        let now = sqlx::query_scalar!(
            r#"SELECT biz.business_now() AS "now!" FROM set_config('app.every_site', 'on', true)"#
        )
        .fetch_one(&mut *tx)
        .await?;
        let admin = Administrator {
            user_id: 0,
            status: "approved".to_owned(),
            nickname: None,
            permissions: Vec::new(),
        };
        Ok(Self { tx, admin, now })
    }

    /// What now and today mean at a site; `None`: no such active site.
    pub async fn context(&mut self, site: SiteId) -> Result<Option<RuntimeContext>, StoreError> {
        let row = sqlx::query!(
            "SELECT timezone, business_day_cutoff_hour FROM biz.sites WHERE site_id = $1 AND status = 'active'",
            site.0
        )
        .fetch_optional(&mut *self.tx)
        .await?;
        row.map(|row| {
            let calendar = Calendar::new(&row.timezone, row.business_day_cutoff_hour)
                .map_err(|e| StoreError::unreadable(format!("biz.sites {site}"), e))?;
            Ok(RuntimeContext::live(site, self.now, calendar))
        })
        .transpose()
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
