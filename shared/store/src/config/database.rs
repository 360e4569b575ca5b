use std::{fmt, time::Duration};

use sqlx::postgres::PgConnectOptions;

use super::{ConfigError, Secret, keys::Keys};

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    biz: Option<Url>,
    etl: Option<Url>,
    migrate: Option<Url>,
    board: Option<Url>,
    /// Connections per process and database.
    pub max_connections: u32,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long opening a connection at start may take.
    pub connect_timeout: Duration,
}

/// A database URL that parsed; prints without its password.
#[derive(Clone)]
pub struct Url {
    secret: Secret,
    options: PgConnectOptions,
}

impl Database {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        Ok(Self {
            biz: url(keys, "database.biz_url")?,
            etl: url(keys, "database.etl_url")?,
            migrate: url(keys, "database.migrate_url")?,
            board: url(keys, "database.board_url")?,
            max_connections: keys.number("database.max_connections", 1..=1000)?,
            acquire_timeout: Duration::from_millis(keys.number("database.acquire_timeout_ms", 100..=60_000)?),
            connect_timeout: Duration::from_millis(keys.number("database.connect_timeout_ms", 100..=60_000)?),
        })
    }

    /// The business database.
    pub fn biz(&self) -> Result<&Url, ConfigError> {
        self.biz.as_ref().ok_or(ConfigError::Missing {
            key: "database.biz_url",
            why: "nothing works without the business database",
        })
    }

    /// The warehouse.
    pub fn etl(&self) -> Result<&Url, ConfigError> {
        self.etl
            .as_ref()
            .ok_or(ConfigError::Missing { key: "database.etl_url", why: "the warehouse is read through it" })
    }

    /// The business database as the queue's board sees it; `None`: there is no board.
    pub fn board(&self) -> Option<&Url> {
        self.board.as_ref()
    }

    /// The business database as the migrator.
    pub fn migrate(&self) -> Result<&Url, ConfigError> {
        self.migrate.as_ref().map_or_else(|| self.biz(), Ok)
    }
}

impl Url {
    /// Parsed, for a pool.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Where its server listens.
    pub fn host_and_port(&self) -> (String, u16) {
        (self.options.get_host().to_owned(), self.options.get_port())
    }

    /// As given, password included.
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let place =
            options.get_socket().map_or_else(|| options.get_host().to_owned(), |s| s.display().to_string());
        let database = options.get_database().unwrap_or(options.get_username());
        write!(f, "postgres://{}@{place}:{}/{database}", options.get_username(), options.get_port())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn url(keys: &Keys, key: &str) -> Result<Option<Url>, ConfigError> {
    let Some(secret) = keys.secret(key)? else { return Ok(None) };
    if !secret.expose().starts_with("postgres://") && !secret.expose().starts_with("postgresql://") {
        return Err(keys.invalid_secret(key, "postgres://user:password@host:port/database is needed"));
    }
    let options = secret.expose().parse().map_err(|e| keys.invalid_secret(key, e))?;
    Ok(Some(Url { secret, options }))
}
