//! Keeping claimed runs: four times per lease each process says that it still has them.
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};

use crate::{Fence, StoreError};

/// What a heartbeat says to the database; for tests.
pub const SQL: &str = include_str!("lease.sql");

/// Renewals per lease.
const BEATS: u32 = 4;

/// The process's pulse, on a connection of its own: a busy pool must not cost it its runs.
#[derive(Debug)]
pub struct Heart {
    pool: PgPool,
    lease: Duration,
    connection: Option<PgConnection>,
}

impl Heart {
    /// Connects as `pool` does, at the first beat.
    pub fn new(pool: PgPool, lease: Duration) -> Self {
        Self { pool, lease, connection: None }
    }

    /// How often to beat.
    pub fn every(&self) -> Duration {
        self.lease / BEATS
    }

    /// Renews the leases of these runs. A run that is missing in the answer is no longer ours. After an error
    /// the next beat connects anew.
    pub async fn beat(&mut self, runs: &[Fence]) -> Result<Vec<Lease>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.limit(PgConnection::connect_with(&self.pool.connect_options())).await?,
        };
        let leases = self.limit(renew(&mut connection, runs, self.lease)).await?;
        self.connection = Some(connection);
        Ok(leases)
    }

    /// A renewal that takes longer is given up, with its connection: the next one must not wait behind it.
    async fn limit<T, E: Into<StoreError>>(
        &self,
        what: impl Future<Output = Result<T, E>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.every() * 2 / 3, what).await {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(StoreError::Database(sqlx::Error::PoolTimedOut)),
        }
    }
}

/// What a heartbeat found of a run that is still ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// `biz.trigger_runs.id`.
    pub run_id: i64,
    /// Number of the claim.
    pub claim: i64,
    /// Someone asked it to stop.
    pub cancel_requested: bool,
}

async fn renew(
    connection: &mut PgConnection,
    runs: &[Fence],
    lease: Duration,
) -> Result<Vec<Lease>, StoreError> {
    let rows = sqlx::query_file!(
        "src/scheduler/lease.sql",
        &runs.iter().map(|f| f.run_id).collect::<Vec<_>>(),
        &runs.iter().map(|f| f.epoch).collect::<Vec<_>>(),
        lease.as_secs_f64(),
        &runs.iter().map(|f| f.claim).collect::<Vec<_>>()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Lease { run_id: r.id, claim: r.claim, cancel_requested: r.cancel_requested })
        .collect())
}
