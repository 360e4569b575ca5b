//! The demo's databases: on its private server, or on the servers that `ZQYY__DATABASE__*_URL` name.
use super::directory::Directory;
use crate::{console::Step, environment};
use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{fs, path::Path};
use testing::{
    Access, Role, Secret,
    provision::{self, Kind},
    server::{Server, settings::Durability},
};

/// Both databases, and the server if it is ours.
pub struct Stack {
    pub places: Places,
    server: Option<Server>,
}

/// How to reach the two databases.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Places {
    pub biz: Place,
    pub etl: Place,
}

/// One database.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub access: Access,
    pub database: String,
}

impl Place {
    /// Its URL as a role.
    pub fn url(&self, role: Role) -> String {
        self.access.url(role, &self.database)
    }

    /// The same, parsed.
    pub fn options(&self, role: Role) -> PgConnectOptions {
        self.access.options(role, &self.database)
    }

    /// A pool as a role.
    pub async fn pool(&self, role: Role, connections: u32) -> Result<PgPool> {
        PgPoolOptions::new()
            .max_connections(connections)
            .connect_with(self.options(role))
            .await
            .with_context(|| format!("cannot reach {} as {}", self.database, role.name()))
    }
}

impl Stack {
    /// Starts or takes over the private server unless others are configured, and writes down how to reach it.
    pub async fn start(directory: &Directory) -> Result<Self> {
        let given = (environment::database_url("BIZ"), environment::database_url("ETL"));
        let stack = match given {
            (Some(biz), Some(etl)) if !is_own(directory, &biz) => {
                Self { places: foreign(directory, &biz, &etl).await?, server: None }
            }
            (Some(biz), None) if !is_own(directory, &biz) => {
                bail!(
                    "ZQYY__DATABASE__BIZ_URL is set and ZQYY__DATABASE__ETL_URL is not: set both, or neither"
                )
            }
            (None, Some(_)) => {
                bail!(
                    "ZQYY__DATABASE__ETL_URL is set and ZQYY__DATABASE__BIZ_URL is not: set both, or neither"
                )
            }
            _ => Self::private(directory).await?,
        };
        directory.write_private("stack.json", &serde_json::to_string(&stack.places)?)?;
        Ok(stack)
    }

    async fn private(directory: &Directory) -> Result<Self> {
        let step = Step::begin("Starting PostgreSQL");
        let server = Server::start(&directory.file("postgres"), Durability::Durable).await?;
        step.done(server.home().display().to_string());
        let place = |database: &str| Place { access: server.access().clone(), database: database.into() };
        Ok(Self { places: Places { biz: place("zqyy_app"), etl: place("etl_feiqiu") }, server: Some(server) })
    }

    /// An error once our server has died: api and worker cannot live without it, and its next port is another.
    pub fn check_alive(&self) -> Result<()> {
        match &self.server {
            Some(server) if !server.is_running() => {
                let log = server.home().join("log");
                bail!("the database server died; {} says:\n{}", log.display(), testing::server::tail(&log))
            }
            _ => Ok(()),
        }
    }

    /// Where our server keeps its files.
    pub fn home(&self) -> Option<&Path> {
        self.server.as_ref().map(Server::home)
    }

    /// Stops the server if it is ours.
    pub async fn stop(self) -> Result<()> {
        match self.server {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }
}

impl Places {
    /// Those of the demo that runs in a directory.
    pub fn of_running(directory: &Directory) -> Result<Self> {
        if !directory.is_locked() {
            bail!("no demo runs here; start one in another terminal: cargo demo");
        }
        let file = directory.file("stack.json");
        let text = fs::read(&file)
            .with_context(|| format!("the demo is not up yet: cannot read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", file.display()))
    }

    /// Makes roles and databases, and brings both to this program's schema.
    pub async fn provision(&self) -> Result<()> {
        for (kind, place) in self.each() {
            provision::roles(&place.access).await?;
            provision::database(&place.access, kind, &place.database).await?;
            provision::migrate(&place.access, kind, &place.database).await?;
        }
        Ok(())
    }

    /// Drops both databases.
    pub async fn drop(&self) -> Result<()> {
        for (_, place) in self.each() {
            let mut connection = PgConnection::connect_with(&place.access.superuser("postgres")).await?;
            provision::drop_database(&mut connection, &place.database).await?;
            connection.close().await?;
        }
        Ok(())
    }

    fn each(&self) -> [(Kind, &Place); 2] {
        [(Kind::Biz, &self.biz), (Kind::Etl, &self.etl)]
    }
}

/// A shell that has sourced our own `env` file names our own server.
fn is_own(directory: &Directory, url: &str) -> bool {
    ["env", "api.env", "worker.env"]
        .iter()
        .any(|name| fs::read_to_string(directory.file(name)).is_ok_and(|text| text.contains(url)))
}

/// The servers of others: their roles and databases are made here, as the demo's own.
async fn foreign(directory: &Directory, biz: &str, etl: &str) -> Result<Places> {
    let known = directory.file("secret").exists();
    let secret = Secret::load_or_make(&directory.file("secret"))?;
    let place = |key: &str, url: &str| -> Result<Place> {
        let options: PgConnectOptions =
            url.parse().with_context(|| format!("{key} is not a PostgreSQL URL"))?;
        let database = options.get_database().with_context(|| format!("{key} names no database"))?.to_owned();
        Ok(Place { access: Access::foreign(url, secret.clone())?, database })
    };
    let places =
        Places { biz: place("ZQYY__DATABASE__BIZ_URL", biz)?, etl: place("ZQYY__DATABASE__ETL_URL", etl)? };
    for (key, place) in [("ZQYY__DATABASE__BIZ_URL", &places.biz), ("ZQYY__DATABASE__ETL_URL", &places.etl)] {
        let mut connection = PgConnection::connect_with(&place.access.superuser("postgres"))
            .await
            .with_context(|| format!("{key}: cannot reach the server (of an earlier demo whose env file this shell has sourced? unset it)"))?;
        let (may, taken): (bool, bool) = sqlx::query_as(
            "SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                    EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'zqyy\\_%')",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        if !may {
            bail!("{key}: the demo makes roles and databases on that server and needs a superuser's URL");
        }
        // It would give them new passwords, and lock out the programs that use them.
        if taken && !known {
            bail!(
                "{key}: that server already has roles named zqyy_…: the demo would take them over; use another server"
            );
        }
    }
    Ok(places)
}

/// Drops what an earlier demo kept in databases.
pub async fn discard(directory: &Directory) -> Result<()> {
    let private = directory.file("postgres");
    let home = testing::server::unprivileged::ServerUser::choose()?.home(&private);
    if home.join("data").exists() {
        // Started to be stopped: a server that outlived its supervisor must not write into removed files.
        if let Some(server) = Server::running(&home).await? {
            server.stop().await?;
        }
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))?;
    } else if let Ok(text) = fs::read(directory.file("stack.json")) {
        let places: Places =
            serde_json::from_slice(&text).context("stack.json is damaged: drop the databases by hand")?;
        places.drop().await?;
        fs::remove_file(directory.file("stack.json"))?;
    }
    Ok(())
}
