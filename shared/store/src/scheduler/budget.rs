//! Connections: what the server has, and who holds them.
use sqlx::PgPool;

use crate::StoreError;

/// The server's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// `max_connections` without those reserved for superusers.
    pub usable: i64,
    /// Open now, of all roles and databases.
    pub open: i64,
    /// Worker processes that have registered with the queue in the last two minutes.
    pub workers: i64,
}

/// Reads them.
pub async fn connections(pool: &PgPool) -> Result<Connections, StoreError> {
    let row = sqlx::query!(
        r#"SELECT current_setting('max_connections')::bigint
                      - current_setting('superuser_reserved_connections')::bigint AS "usable!",
                  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS "open!",
                  (SELECT count(*) FROM apalis.workers WHERE last_seen > now() - interval '2 minutes') AS "workers!""#
    )
    .fetch_one(pool)
    .await?;
    Ok(Connections { usable: row.usable, open: row.open, workers: row.workers })
}
