//! The worker's door: any site, one at a time, held by the fence of the run that asks.
use chrono::{DateTime, Utc};
use domain::{Calendar, RuntimeContext, SiteId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::StoreError;

/// Which run a transaction belongs to: its effects count only while the run is still that worker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fence {
    /// `biz.trigger_runs.id`.
    pub run_id: i64,
    /// The epoch of the claim.
    pub epoch: i32,
    /// Its number: a crash of the server may undo a claim, and the next one then has the same epoch.
    pub claim: i64,
}

/// Opens system transactions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SystemDoor {
    pool: PgPool,
    fence: Option<Fence>,
    at: Option<DateTime<Utc>>,
}

/// A transaction of the worker at one site.
pub struct SystemTx {
    tx: Transaction<'static, Postgres>,
    /// What now and today mean in this run.
    pub ctx: RuntimeContext,
}

impl SystemDoor {
    /// A door without a fence: for what is no run (seeding, tests).
    pub fn new(pool: PgPool) -> Self {
        Self { pool, fence: None, at: None }
    }

    /// The door of a run: every transaction first makes sure that the run is still ours.
    pub fn fenced(pool: PgPool, fence: Fence) -> Self {
        Self { pool, fence: Some(fence), at: None }
    }

    /// The same door with the business clock at a past instant, for replaying history into an empty database.
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.at = Some(now);
        self
    }

    /// Begins a transaction for one site: BEGIN, the fence if there is one, then site and clock in one statement.
    /// [`StoreError::FenceLost`] if the run has been taken over; [`StoreError::NotFound`] for an unknown site.
    pub async fn begin(&self, site: SiteId) -> Result<SystemTx, StoreError> {
        let mut tx = self.pool.begin().await?;
        if let Some(fence) = self.fence {
            take_fence(&mut tx, fence).await?;
        }
        let ctx = context(&mut tx, site, self.at).await?;
        Ok(SystemTx { tx, ctx })
    }

    /// The context of a site in a short transaction of its own, for reading the warehouse before writing here.
    pub async fn context(&self, site: SiteId) -> Result<RuntimeContext, StoreError> {
        let mut connection = self.pool.acquire().await?;
        context(&mut connection, site, self.at).await
    }

    /// The pool behind it.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl SystemTx {
    /// The connection, for the queries of `db`.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Makes what was written durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}

/// Holds the run's row against takeover until the transaction ends; an error if it is no longer ours.
pub async fn take_fence(connection: &mut PgConnection, fence: Fence) -> Result<(), StoreError> {
    sqlx::query_scalar!(
        "SELECT id FROM biz.trigger_runs WHERE id = $1 AND epoch = $2 AND claim = $3 AND state = 'running' FOR KEY SHARE",
        fence.run_id,
        fence.epoch,
        fence.claim
    )
    .fetch_optional(connection)
    .await?
    .map(|_| ())
    .ok_or(StoreError::FenceLost { run_id: fence.run_id, epoch: fence.epoch })
}

async fn context(
    connection: &mut PgConnection,
    site: SiteId,
    at: Option<DateTime<Utc>>,
) -> Result<RuntimeContext, StoreError> {
    let row = sqlx::query!(
        r#"SELECT timezone, business_day_cutoff_hour, biz.business_now() AS "now!" FROM biz.sites WHERE site_id = $1"#,
        site.0
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::NotFound("site"))?;
    let calendar = Calendar::new(&row.timezone, row.business_day_cutoff_hour)
        .map_err(|e| StoreError::unreadable(format!("biz.sites {site}"), e))?;
    Ok(RuntimeContext::live(site, at.unwrap_or(row.now), calendar))
}
