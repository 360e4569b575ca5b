//! The only door to tenant data for people: one transaction, one site, one caller.
use std::time::Duration;

use domain::{Calendar, RuntimeContext, SiteId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::StoreError;

/// A transaction of one caller at one site. The statement that opens it sets `app.current_site_id` (row-level security
/// sees this site alone), reads who the caller is there *now*, and reads the clock.
pub struct SiteTx {
    tx: Transaction<'static, Postgres>,
    access: Access,
    /// The time limit of parts, once there was one.
    limit: Option<Duration>,
    /// What now and today mean in this request: live, or as the site's sandbox has it.
    pub ctx: RuntimeContext,
    /// What they mean outside any sandbox.
    pub live: RuntimeContext,
    /// Who asks.
    pub caller: Caller,
}

/// What a transaction is for. One opened to read cannot write, whatever is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Read,
    /// Read and write.
    Write,
}

impl Access {
    pub(crate) async fn begin(self, pool: &PgPool) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(match self {
            Self::Read => pool.begin_with("BEGIN READ ONLY").await?,
            Self::Write => pool.begin().await?,
        })
    }
}

/// The caller's standing at the site, as of this transaction.
#[derive(Clone, Debug)]
pub struct Caller {
    /// `auth.users.id`.
    pub user_id: i64,
    /// new, pending, approved, rejected, disabled.
    pub status: String,
    /// Nickname, if any.
    pub nickname: Option<String>,
    /// Role codes at the site, sorted.
    pub roles: Vec<String>,
    /// Permission codes at the site, sorted.
    pub permissions: Vec<String>,
    /// The coach the user is in the warehouse; `None` for staff who coach nobody.
    pub assistant_id: Option<i64>,
}

impl Caller {
    /// Whether the caller holds a permission at the site.
    pub fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|p| p == permission)
    }
}

impl SiteTx {
    /// Opens the transaction: two round trips (BEGIN, `auth.admit_to_site`). `token_version` is the one in the caller's
    /// token: raising the user's ends every token at once.
    pub async fn open(
        pool: &PgPool,
        access: Access,
        user_id: i64,
        site: SiteId,
        token_version: i32,
    ) -> Result<Self, StoreError> {
        Self::enter(access.begin(pool).await?, access, user_id, site, token_version).await
    }

    /// Sets the site for a transaction that names none yet.
    pub(crate) async fn enter(
        mut tx: Transaction<'static, Postgres>,
        access: Access,
        user_id: i64,
        site: SiteId,
        token_version: i32,
    ) -> Result<Self, StoreError> {
        let row = sqlx::query!(
            r#"SELECT user_status AS "user_status!", site_status AS "site_status!", nickname, roles AS "roles!",
                      permissions AS "permissions!", assistant_id, business_now AS "business_now!",
                      timezone AS "timezone!", cutoff_hour AS "cutoff_hour!", sandbox_date
               FROM auth.admit_to_site($1, $2, $3)"#,
            user_id,
            site.0,
            token_version
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::NotAdmitted("the token is out of date, or the user or site is gone"))?;
        if row.site_status != "active" {
            return Err(StoreError::NotAdmitted("the site is not active"));
        }
        let calendar = Calendar::new(&row.timezone, row.cutoff_hour)
            .map_err(|e| StoreError::unreadable(format!("biz.sites {site}"), e))?;
        let live = RuntimeContext::live(site, row.business_now, calendar);
        // A sandbox is never set to a date to come; should the clock be turned back since, there is nothing to show.
        let ctx = row.sandbox_date.and_then(|date| live.as_of(date).ok()).unwrap_or(live);
        Ok(Self {
            tx,
            access,
            limit: None,
            ctx,
            live,
            caller: Caller {
                user_id,
                status: row.user_status,
                nickname: row.nickname,
                roles: row.roles,
                permissions: row.permissions,
                assistant_id: row.assistant_id,
            },
        })
    }

    /// The connection, for the queries of `db`: each names the site as well.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Begins a part of a page that may fail alone: what it reads is cut off after `timeout`, and an error of it leaves
    /// the transaction usable. Nothing may be written before [`Self::leave_part`].
    ///
    /// In a transaction that only reads, two round trips before the first part (the limit, a savepoint), none before
    /// others of the same limit, and what is read afterwards is cut off like them. In one that writes, two before each
    /// and one after it: its savepoint lies behind what was written, and no write is cut off.
    pub(crate) async fn enter_part(&mut self, timeout: Duration) -> Result<&mut PgConnection, StoreError> {
        if self.limit == Some(timeout) {
            return Ok(&mut self.tx);
        }
        // A timeout of 0 would switch it off.
        let millis = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX).clamp(1, i32::MAX.into());
        let limit =
            sqlx::query_scalar!("SELECT set_config('statement_timeout', $1::bigint::text, true)", millis);
        match self.access {
            Access::Read => {
                limit.fetch_one(&mut *self.tx).await?;
                sqlx::query("SAVEPOINT part").execute(&mut *self.tx).await?;
                self.limit = Some(timeout);
            }
            Access::Write => {
                sqlx::query("SAVEPOINT part").execute(&mut *self.tx).await?;
                limit.fetch_one(&mut *self.tx).await?;
            }
        }
        Ok(&mut self.tx)
    }

    /// Ends a part and hands its result back.
    pub(crate) async fn leave_part<T>(
        &mut self,
        read: Result<T, impl Into<StoreError>>,
    ) -> Result<T, StoreError> {
        if self.access == Access::Read && read.is_ok() {
            return read.map_err(Into::into);
        }
        match (sqlx::query("ROLLBACK TO SAVEPOINT part").execute(&mut *self.tx).await, read) {
            // The first error says more than the one that follows from it.
            (_, Err(first)) => Err(first.into()),
            (Err(error), Ok(_)) => Err(error.into()),
            (Ok(_), Ok(value)) => Ok(value),
        }
    }

    /// Makes what was written durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}
