//! Roles, databases and their schemas on a cluster.
#![expect(
    clippy::disallowed_types,
    reason = "set-up names databases and passwords at run time; none comes from a user"
)]
use crate::access::{Access, Role, hex};
use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, migrate::Migrator,
    postgres::PgConnectOptions,
};

const ROLES: &str = include_str!("../../../deploy/postgres/roles.sql");

/// The two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `zqyy_app`, ours.
    Biz,
    /// `etl_feiqiu`, the reference warehouse.
    Etl,
}

impl Kind {
    /// Who owns and migrates it.
    pub fn owner(self) -> Role {
        match self {
            Self::Biz => Role::Owner,
            Self::Etl => Role::EtlOwner,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Biz => "biz",
            Self::Etl => "etl",
        }
    }

    /// Changes whenever what [`migrate`] makes would: the key of a template.
    pub fn fingerprint(self) -> String {
        let mut hash = Sha256::new();
        hash.update(ROLES);
        let migrator = match self {
            Self::Biz => {
                // Beside the migrations, the set-up of apalis and the grants on it.
                hash.update(include_str!("../../store/src/migrate.rs"));
                hash.update(include_str!("../../store/src/after_apalis.sql"));
                &store::migrate::MIGRATOR
            }
            Self::Etl => &reference::MIGRATOR,
        };
        add_migrations(&mut hash, migrator);
        hex(&hash.finalize()[..8])
    }
}

fn add_migrations(hash: &mut Sha256, migrator: &Migrator) {
    for migration in migrator.iter().filter(|m| m.migration_type.is_up_migration()) {
        hash.update(migration.version.to_be_bytes());
        hash.update(&*migration.checksum);
    }
}

/// Makes or mends the roles and gives each its password. Safe to run again and by several at once.
pub async fn roles(access: &Access) -> Result<()> {
    let mut connection = PgConnection::connect_with(&access.superuser("postgres"))
        .await
        .context("cannot reach the database server to make its roles")?;
    // Two sessions that alter one role's row at once would fail ("tuple concurrently updated").
    connection.execute("SELECT pg_advisory_lock(hashtext('zqyy.roles'))").await?;
    sqlx::raw_sql(ROLES).execute(&mut connection).await.context("deploy/postgres/roles.sql failed")?;
    for role in Role::ALL {
        let password = access.secret().password_of(role.name());
        let sql = format!("ALTER ROLE {} PASSWORD '{password}'", role.name());
        connection.execute(AssertSqlSafe(sql)).await.with_context(|| format!("role {}", role.name()))?;
    }
    connection.close().await?;
    Ok(())
}

/// Makes the database if it is not there. True if it was made.
pub async fn database(access: &Access, kind: Kind, name: &str) -> Result<bool> {
    let mut connection = PgConnection::connect_with(&access.superuser("postgres")).await?;
    let there = exists(&mut connection, name).await?;
    if !there {
        let sql = format!("CREATE DATABASE \"{name}\" OWNER {}", kind.owner().name());
        connection
            .execute(AssertSqlSafe(sql))
            .await
            .with_context(|| format!("cannot make database {name}"))?;
        restrict(&mut connection, kind, name).await?;
    }
    connection.close().await?;
    Ok(!there)
}

/// Lets in only those who have business there: by default PostgreSQL lets every role connect.
async fn restrict(connection: &mut PgConnection, kind: Kind, name: &str) -> Result<()> {
    let visitors = match kind {
        Kind::Biz => "zqyy_api, zqyy_worker, zqyy_board, zqyy_backup, zqyy_readonly, zqyy_etl_writer",
        Kind::Etl => "zqyy_etl_reader, zqyy_backup, zqyy_readonly",
    };
    let sql = format!(
        "REVOKE CONNECT, TEMPORARY ON DATABASE \"{name}\" FROM PUBLIC;
         GRANT CONNECT ON DATABASE \"{name}\" TO {visitors}"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// Brings the database to this program's schema, as its owner.
pub async fn migrate(access: &Access, kind: Kind, name: &str) -> Result<()> {
    let options = access.options(kind.owner(), name);
    let migrated = match kind {
        Kind::Biz => store::migrate::run(&options).await,
        Kind::Etl => migrate_warehouse(&options).await,
    };
    migrated.with_context(|| format!("database {name}"))
}

async fn migrate_warehouse(options: &PgConnectOptions) -> Result<()> {
    let mut connection = PgConnection::connect_with(options).await.context("cannot connect to migrate it")?;
    reference::MIGRATOR.run(&mut connection).await.context("a migration failed")?;
    Ok(connection.close().await?)
}

/// The template of this kind at this program's schema, built by whoever comes first.
pub(crate) async fn template(access: &Access, kind: Kind) -> Result<String> {
    let name = format!("template_{}_{}", kind.name(), kind.fingerprint());
    let mut connection = PgConnection::connect_with(&access.superuser("postgres")).await?;
    if !is_template(&mut connection, &name).await? {
        sqlx::query("SELECT pg_advisory_lock(hashtext($1))").bind(&name).execute(&mut connection).await?;
        if !is_template(&mut connection, &name).await? {
            roles(access).await?;
            // What an interrupted attempt left.
            connection
                .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")))
                .await?;
            database(access, kind, &name).await?;
            migrate(access, kind, &name).await?;
            let sql = format!("ALTER DATABASE \"{name}\" IS_TEMPLATE true ALLOW_CONNECTIONS false");
            connection.execute(AssertSqlSafe(sql)).await?;
        }
    }
    connection.close().await?; // and the lock with it
    Ok(name)
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_one(connection).await?)
}

async fn is_template(connection: &mut PgConnection, name: &str) -> Result<bool> {
    let sql =
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate AND NOT datallowconn)";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_one(connection).await?)
}

/// A copy of a template.
pub(crate) async fn clone(
    connection: &mut PgConnection,
    kind: Kind,
    template: &str,
    name: &str,
) -> Result<()> {
    let sql = format!(
        "CREATE DATABASE \"{name}\" OWNER {} TEMPLATE \"{template}\" STRATEGY FILE_COPY",
        kind.owner().name()
    );
    connection.execute(AssertSqlSafe(sql)).await.with_context(|| format!("cannot copy {template}"))?;
    restrict(connection, kind, name).await // (rights on the database itself are not copied)
}

/// Drops a database and whoever is still connected to it.
pub async fn drop_database(connection: &mut PgConnection, name: &str) -> Result<()> {
    connection.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))).await?;
    Ok(())
}
