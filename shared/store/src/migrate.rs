//! Bringing a database to this program's schema, and refusing to run on an older one.
use anyhow::Context as _;
use apalis_postgres::PostgresStorage;
use sqlx::{Connection as _, PgConnection, PgPool, migrate::Migrator, postgres::PgConnectOptions};

/// The business schema; each migration has its rollback beside it.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/biz");

/// What apalis' own set-up lacks: rights for the worker, mended indexes and fetch function. Safe to run again.
const AFTER_APALIS: &str = include_str!("after_apalis.sql");

/// Runs our migrations, then apalis' own, then the grants on its schema. Connect as `zqyy_owner`; several at once wait
/// for each other.
pub async fn run(options: &PgConnectOptions) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect_with(options)
        .await
        .context("cannot connect to the business database to migrate it")?;
    sqlx::query("SELECT pg_advisory_lock(hashtext('zqyy.migrate'))").execute(&mut connection).await?;
    MIGRATOR.run(&mut connection).await.context("a migration of the business schema failed")?;
    // apalis wants a pool; one connection is enough, and the lock above serialises its boot too.
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    PostgresStorage::setup(&pool).await.context("apalis' own set-up failed")?;
    pool.close().await;
    sqlx::raw_sql(AFTER_APALIS)
        .execute(&mut connection)
        .await
        .context("the grants on schema apalis failed")?;
    connection.close().await?;
    Ok(())
}

/// Why a program must not start on this schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// No migration has run.
    #[error("the business database has no schema yet: run `api migrate`")]
    Missing,
    /// Migrations of this program are missing in the database.
    #[error("the business schema is at {found}, this program needs {needed}: run `api migrate`")]
    Older {
        /// Newest version applied.
        found: i64,
        /// Newest version compiled in.
        needed: i64,
    },
    /// A later migration broke programs as old as this one.
    #[error(
        "the business schema no longer supports programs older than {compatible_from}; this one is of {ours}"
    )]
    TooNew {
        /// From `biz.schema_compatibility`.
        compatible_from: i64,
        /// Newest version compiled in.
        ours: i64,
    },
    /// The question itself failed.
    #[error("cannot read the business schema's version")]
    Database(#[from] sqlx::Error),
}

/// Whether this program may run on the database's schema.
pub async fn check(pool: &PgPool) -> Result<(), SchemaError> {
    let ours = MIGRATOR.iter().map(|m| m.version).max().unwrap_or_default();
    let there = sqlx::query_scalar!(r#"SELECT to_regclass('biz._sqlx_migrations') IS NOT NULL AS "there!""#)
        .fetch_one(pool)
        .await?;
    if !there {
        return Err(SchemaError::Missing);
    }
    let row = sqlx::query!(
        r#"SELECT coalesce(max(version) FILTER (WHERE success), 0) AS "found!",
                  coalesce((SELECT compatible_from FROM biz.schema_compatibility), 0) AS "compatible_from!"
           FROM biz._sqlx_migrations"#
    )
    .fetch_one(pool)
    .await?;
    if row.found < ours {
        return Err(SchemaError::Older { found: row.found, needed: ours });
    }
    if row.compatible_from > ours {
        return Err(SchemaError::TooNew { compatible_from: row.compatible_from, ours });
    }
    Ok(())
}
