//! The only door to the warehouse: one transaction, read only, of one moment, cut to one hall.
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Period, RuntimeContext, SiteId};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use crate::WarehouseError;

/// The ETL team's database.
#[derive(Clone, Debug)]
pub struct Warehouse {
    pool: PgPool,
}

/// One hall at one moment. Dropping it ends the transaction; there is nothing to commit.
#[derive(Debug)]
pub struct WarehouseTx {
    tx: Transaction<'static, Postgres>,
    /// The time limit of parts, once there was one.
    limit: Option<Duration>,
}

/// Which rows of a list, from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// At most so many.
    pub limit: i64,
    /// After so many.
    pub offset: i64,
}

/// Rows of a view's newest `stat_date` up to today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot<T> {
    /// `None`: the view has no snapshot up to today.
    pub stat_date: Option<NaiveDate>,
    /// Of what was asked for, what the snapshot has.
    pub rows: Vec<T>,
}

impl Warehouse {
    /// Over a pool that connects as a role which can read the views and nothing else.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The pool, for gauges.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether the warehouse answers at all.
    pub async fn ping(&self) -> Result<(), WarehouseError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Opens a hall: two round trips (`BEGIN`, the hall's name).
    pub async fn begin(&self, site: SiteId) -> Result<WarehouseTx, WarehouseError> {
        let mut tx = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        sqlx::query_scalar!("SELECT set_config('app.current_site_id', $1::bigint::text, true)", site.0)
            .fetch_one(&mut *tx)
            .await?;
        Ok(WarehouseTx { tx, limit: None })
    }
}

impl WarehouseTx {
    /// For the reads of this crate.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// A part of a page that may fail alone: what it reads is cut off after `timeout`, and an error of it leaves the
    /// transaction usable. Two round trips before the first one's own (the limit, a savepoint), none before others of the
    /// same limit; what is read outside of parts afterwards is cut off like them.
    pub async fn module<T>(
        &mut self,
        timeout: Duration,
        read: impl AsyncFnOnce(&mut Self) -> Result<T, WarehouseError>,
    ) -> Result<T, WarehouseError> {
        self.enter_module(timeout).await?;
        let read = read(self).await;
        self.leave_module(read).await
    }

    /// [`Self::module`] by hand, for callers whose closure would not be `Send`: follow it with [`Self::leave_module`].
    pub async fn enter_module(&mut self, timeout: Duration) -> Result<(), WarehouseError> {
        if self.limit == Some(timeout) {
            return Ok(());
        }
        // A timeout of 0 would switch it off.
        let millis = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX).clamp(1, i32::MAX.into());
        sqlx::query_scalar!("SELECT set_config('statement_timeout', $1::bigint::text, true)", millis)
            .fetch_one(&mut *self.tx)
            .await?;
        sqlx::query("SAVEPOINT module").execute(&mut *self.tx).await?;
        self.limit = Some(timeout);
        Ok(())
    }

    /// Ends a part and hands its result back. Nothing is written in a part, so one savepoint serves them all.
    pub async fn leave_module<T>(&mut self, read: Result<T, WarehouseError>) -> Result<T, WarehouseError> {
        let failed = match read {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        // Should this fail too, the first error says more than the one that follows from it.
        let _ = sqlx::query("ROLLBACK TO SAVEPOINT module").execute(&mut *self.tx).await;
        Err(failed)
    }

    /// Ends the transaction now instead of when the connection is used next.
    pub async fn close(self) -> Result<(), WarehouseError> {
        Ok(self.tx.rollback().await?)
    }
}

/// A period as instants, the end exclusive and never beyond today's.
pub(crate) fn instants(ctx: &RuntimeContext, period: Period) -> (DateTime<Utc>, DateTime<Utc>) {
    let span = ctx.calendar.range(period.first(), period.last());
    (span.start, span.end.min(ctx.end_of_today()))
}
