//! Keeping claimed runs: every 15 s each process says that it still lives.
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};

use crate::{Fence, StoreError};

/// How often leases of 60 s are renewed.
pub const BEAT: Duration = Duration::from_secs(15);

/// A renewal that takes longer is given up, with its connection: the next one must not wait behind it.
const LIMIT: Duration = Duration::from_secs(10);

/// The process's pulse, on a connection of its own: a busy pool must not cost it its runs.
#[derive(Debug)]
pub struct Heart {
    pool: PgPool,
    connection: Option<PgConnection>,
}

impl Heart {
    /// Connects as `pool` does, at the first beat.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, connection: None }
    }

    /// Renews the leases of these runs by 60 s. A run that is missing in the answer is no longer ours. After an error
    /// the next beat connects anew.
    pub async fn beat(&mut self, runs: &[Fence]) -> Result<Vec<Lease>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => limit(PgConnection::connect_with(&self.pool.connect_options())).await?,
        };
        let leases = limit(renew(&mut connection, runs)).await?;
        self.connection = Some(connection);
        Ok(leases)
    }
}

async fn limit<T, E: Into<StoreError>>(what: impl Future<Output = Result<T, E>>) -> Result<T, StoreError> {
    match tokio::time::timeout(LIMIT, what).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(StoreError::Database(sqlx::Error::PoolTimedOut)),
    }
}

/// What a heartbeat found of a run that is still ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// `biz.trigger_runs.id`.
    pub run_id: i64,
    /// Someone asked it to stop.
    pub cancel_requested: bool,
}

async fn renew(connection: &mut PgConnection, runs: &[Fence]) -> Result<Vec<Lease>, StoreError> {
    // Locked in the order of ids, as every statement that touches several runs does.
    let rows = sqlx::query!(
        r#"WITH ours AS (
               SELECT r.id FROM biz.trigger_runs r
               JOIN unnest($1::bigint[], $2::integer[]) AS held (id, epoch) ON held.id = r.id AND held.epoch = r.epoch
               WHERE r.state = 'running' ORDER BY r.id FOR NO KEY UPDATE OF r)
           UPDATE biz.trigger_runs r SET lease_until = now() + interval '60 seconds'
           FROM ours WHERE r.id = ours.id
           RETURNING r.id, r.cancel_requested_at IS NOT NULL AS "cancel_requested!""#,
        &runs.iter().map(|f| f.run_id).collect::<Vec<_>>(),
        &runs.iter().map(|f| f.epoch).collect::<Vec<_>>()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| Lease { run_id: r.id, cancel_requested: r.cancel_requested }).collect())
}
