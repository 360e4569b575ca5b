//! Reaching a cluster as each of the roles of `deploy/postgres/roles.sql`.
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use std::{
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// The roles that log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Migrates and owns the business database; sees every site's rows.
    Owner,
    /// The api process: the rows of its transaction's site.
    Api,
    /// The worker process.
    Worker,
    /// The queue's board.
    Board,
    /// `pg_dump`.
    Backup,
    /// People looking: every site, no write.
    Readonly,
    /// The ETL in the business database: inserts events, nothing else.
    EtlWriter,
    /// Owns the reference warehouse.
    EtlOwner,
    /// Api and worker in the warehouse.
    EtlReader,
}

impl Role {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::Owner,
        Self::Api,
        Self::Worker,
        Self::Board,
        Self::Backup,
        Self::Readonly,
        Self::EtlWriter,
        Self::EtlOwner,
        Self::EtlReader,
    ];

    /// Its name in the cluster.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "zqyy_owner",
            Self::Api => "zqyy_api",
            Self::Worker => "zqyy_worker",
            Self::Board => "zqyy_board",
            Self::Backup => "zqyy_backup",
            Self::Readonly => "zqyy_readonly",
            Self::EtlWriter => "zqyy_etl_writer",
            Self::EtlOwner => "zqyy_etl_owner",
            Self::EtlReader => "zqyy_etl_reader",
        }
    }
}

/// What all passwords of a cluster are derived from.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// 128 random bits.
    pub fn random() -> Result<Self> {
        let mut bytes = [0_u8; 16];
        fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Self(hex(&bytes)))
    }

    /// The secret in `file`, made (0600) if absent.
    pub fn load_or_make(file: &Path) -> Result<Self> {
        match fs::read_to_string(file) {
            Ok(text) if text.trim().len() >= 32 => Ok(Self(text.trim().into())),
            Ok(_) => anyhow::bail!("{} is damaged: it should hold 32 hexadecimal digits", file.display()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secret = Self::random()?;
                fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(file)
                    .and_then(|mut f| f.write_all(secret.0.as_bytes()))
                    .with_context(|| format!("cannot write {}", file.display()))?;
                Ok(secret)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    /// A password, or another secret, of its own for each name.
    pub fn password_of(&self, name: &str) -> String {
        hex(&Sha256::digest(format!("{}:{name}", self.0)))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A cluster's address and how to log in there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Access {
    admin_url: String,
    host: String,
    port: u16,
    secret: Secret,
}

impl Access {
    /// A private server on loopback, whose superuser is `postgres`.
    pub fn local(port: u16, secret: Secret) -> Self {
        let password = secret.password_of("postgres");
        Self {
            admin_url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres?sslmode=disable"),
            host: "127.0.0.1".into(),
            port,
            secret,
        }
    }

    /// A server that somebody else runs. `admin_url` may make roles and databases.
    pub fn foreign(admin_url: &str, secret: Secret) -> Result<Self> {
        let options: PgConnectOptions = admin_url.parse().context("not a PostgreSQL URL")?;
        Ok(Self {
            admin_url: admin_url.into(),
            host: options.get_host().into(),
            port: options.get_port(),
            secret,
        })
    }

    /// The one that may make databases.
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        self.admin_url.parse::<PgConnectOptions>().unwrap_or_default().database(database)
    }

    /// `postgres://role:password@host:port/database`.
    pub fn url(&self, role: Role, database: &str) -> String {
        let password = self.secret.password_of(role.name());
        format!("postgres://{}:{password}@{}:{}/{database}", role.name(), self.host, self.port)
    }

    /// The same, parsed.
    pub fn options(&self, role: Role, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .username(role.name())
            .password(&self.secret.password_of(role.name()))
            .database(database)
    }

    /// What passwords and other keys of this cluster come from.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }
}
