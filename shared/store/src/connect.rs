//! Connection pools, and errors that say what to do about them.
use std::{net::SocketAddr, time::Duration};

/// For those who hold a pool without knowing SQL.
pub use sqlx::PgPool;
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use crate::config::{Database, Url};

/// A connection idle for longer is pinged before it is used: a restarted server costs nobody an error, and a busy
/// pool no round trip.
const PING_AFTER: Duration = Duration::from_secs(1);

/// Connections of the queue's board.
const BOARD: u32 = 2;

/// A database that cannot be reached, and why.
#[derive(Debug, thiserror::Error)]
#[error("{key} {url}: {problem}")]
pub struct ConnectError {
    /// Configuration key of the URL.
    pub key: &'static str,
    /// Without its password.
    pub url: String,
    /// What is wrong and what to check.
    pub problem: String,
    #[source]
    source: Option<sqlx::Error>,
}

/// The business database: one connection is opened now, so that a wrong URL or password shows at once.
pub async fn biz(config: &Database, url: &Url, program: &str) -> Result<PgPool, ConnectError> {
    let options = options(url, program);
    probe("database.biz_url", url, &options, config.connect_timeout).await?;
    Ok(pool(config, options))
}

/// The business database for the queue's board: few connections, and one opened now.
pub async fn board(config: &Database, url: &Url, program: &str) -> Result<PgPool, ConnectError> {
    let options = options(url, program);
    probe("database.board_url", url, &options, config.connect_timeout).await?;
    let mut few = config.clone();
    few.max_connections = BOARD.min(config.max_connections);
    Ok(pool(&few, options))
}

/// The warehouse: opened when first needed, since pages and jobs go on without it.
pub fn etl(config: &Database, url: &Url, program: &str) -> PgPool {
    pool(config, options(url, program))
}

/// A pool over the same database, asked without TLS through whatever listens at `through`, where it is given.
pub fn through(config: &Database, url: &Url, program: &str, through: Option<SocketAddr>) -> PgPool {
    let options = options(url, program);
    pool(
        config,
        match through {
            Some(address) => {
                options.host(&address.ip().to_string()).port(address.port()).ssl_mode(PgSslMode::Disable)
            }
            None => options,
        },
    )
}

/// Opens and closes one connection; `key` is the configuration key that the error names.
pub async fn check(
    config: &Database,
    key: &'static str,
    url: &Url,
    program: &str,
) -> Result<(), ConnectError> {
    probe(key, url, &options(url, program), config.connect_timeout).await
}

fn options(url: &Url, program: &str) -> PgConnectOptions {
    url.options().application_name(program)
}

fn pool(config: &Database, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move { Ok(meta.idle_for < PING_AFTER || connection.ping().await.is_ok()) })
        })
        .connect_lazy_with(options)
}

/// By a bare connection: a pool would retry a refused one until its timeout and then say no more than that.
async fn probe(
    key: &'static str,
    url: &Url,
    options: &PgConnectOptions,
    limit: Duration,
) -> Result<(), ConnectError> {
    let failed = |problem: String, source| ConnectError { key, url: url.to_string(), problem, source };
    match tokio::time::timeout(limit, PgConnection::connect_with(options)).await {
        Ok(Ok(connection)) => {
            // It served its purpose; the server notices a lost close as well.
            drop(connection.close().await);
            Ok(())
        }
        Ok(Err(error)) => Err(failed(explain(&error), Some(error))),
        Err(_) => Err(failed(format!("no answer within {} ms", limit.as_millis()), None)),
    }
}

/// What a failed connection means to the one who configured it.
fn explain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => match database.code().as_deref() {
            Some("28P01") => "wrong password for this user".to_owned(),
            Some("28000") => format!("this user may not connect: {}", database.message()),
            Some("3D000") => "no such database on this server".to_owned(),
            Some("53300") => "the server has no connection left for us (max_connections)".to_owned(),
            Some("57P03") => "the server is starting or stopping".to_owned(),
            _ => database.message().to_owned(),
        },
        sqlx::Error::Io(io) => format!("cannot reach the server: {io}"),
        sqlx::Error::Tls(tls) => format!("no TLS connection: {tls}"),
        other => other.to_string(),
    }
}

/// Whether the business database answers, over the pool.
pub async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT 1").execute(pool).await.map(drop)
}

/// A business clock that has been moved, where nobody may move it.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// `biz.clock_offset` has a row.
    #[error(
        "biz.clock_offset moves the business clock by {0} s, and auth.dev_login is off: only a demo may do that"
    )]
    Moved(i64),
    /// The question itself failed.
    #[error("cannot read biz.clock_offset")]
    Database(#[from] sqlx::Error),
}

/// Refuses a moved business clock unless `dev_login` is on.
pub async fn check_clock(pool: &PgPool, dev_login: bool) -> Result<(), ClockError> {
    let moved =
        sqlx::query_scalar!("SELECT offset_seconds FROM biz.clock_offset").fetch_optional(pool).await?;
    match moved {
        Some(seconds) if !dev_login => Err(ClockError::Moved(seconds)),
        _ => Ok(()),
    }
}
