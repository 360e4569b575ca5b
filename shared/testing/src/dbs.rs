//! Both databases, fresh, for one test.
use crate::{
    access::{Access, Role},
    cluster::{Cluster, cluster},
    provision::{self, Kind},
};
use anyhow::{Context as _, Result};
use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Copies of the migrated business database and warehouse. Dropping it drops the databases, unless the test panics or
/// said [`TestDbs::keep`]: then they stay, and their URLs are printed.
///
/// ```no_run
/// # async fn example() -> anyhow::Result<()> {
/// let dbs = testing::TestDbs::new().await?;
/// let site = testing::builders::Site::default().insert(&dbs).await?;
/// let rows = sqlx::query("SELECT id FROM biz.coach_tasks").fetch_all(dbs.worker()).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TestDbs {
    cluster: &'static Cluster,
    biz: String,
    etl: String,
    pools: Pools,
    keep: bool,
}

/// Small pools that connect on first use.
#[derive(Debug)]
struct Pools {
    api: PgPool,
    worker: PgPool,
    owner: PgPool,
    etl_writer: PgPool,
    etl_reader: PgPool,
    etl_owner: PgPool,
}

impl TestDbs {
    /// Two databases at the current schema, empty but for the migrations' own rows. About 50 ms.
    ///
    /// # Errors
    /// When no server can be had, or a migration fails; the message says which.
    pub async fn new() -> Result<Self> {
        let cluster = cluster().await.context("no PostgreSQL for the tests")?;
        let access = cluster.access();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let (biz_name, etl_name) = (format!("t{name}_zqyy_app"), format!("t{name}_etl_feiqiu"));
        let pool = |role, database: &str| {
            PgPoolOptions::new()
                .max_connections(8)
                .acquire_timeout(Duration::from_secs(20))
                .test_before_acquire(false)
                .connect_lazy_with(access.options(role, database))
        };
        let pools = Pools {
            api: pool(Role::Api, &biz_name),
            worker: pool(Role::Worker, &biz_name),
            owner: pool(Role::Owner, &biz_name),
            etl_writer: pool(Role::EtlWriter, &biz_name),
            etl_reader: pool(Role::EtlReader, &etl_name),
            etl_owner: pool(Role::EtlOwner, &etl_name),
        };
        let dbs = Self { cluster, biz: biz_name, etl: etl_name, pools, keep: false };
        let (biz, etl) =
            tokio::try_join!(provision::template(access, Kind::Biz), provision::template(access, Kind::Etl))?;
        let mut connection = PgConnection::connect_with(&access.superuser("postgres")).await?;
        for (kind, template, database) in [(Kind::Biz, &biz, &dbs.biz), (Kind::Etl, &etl, &dbs.etl)] {
            // A killed process of the same number may have left one.
            provision::drop_database(&mut connection, database).await?;
            provision::clone(&mut connection, kind, template, database).await?;
        }
        connection.close().await?;
        Ok(dbs)
    }

    /// The business database as the api sees it: only rows of the transaction's site.
    pub fn api(&self) -> &PgPool {
        &self.pools.api
    }

    /// The business database as the worker sees it.
    pub fn worker(&self) -> &PgPool {
        &self.pools.worker
    }

    /// The business database as its owner: for set-up and for looking, not for what is tested.
    pub fn owner(&self) -> &PgPool {
        &self.pools.owner
    }

    /// The business database as the ETL's writer of events.
    pub fn etl_writer(&self) -> &PgPool {
        &self.pools.etl_writer
    }

    /// The warehouse as api and worker see it.
    pub fn etl_reader(&self) -> &PgPool {
        &self.pools.etl_reader
    }

    /// The warehouse as the one who fills it.
    pub fn etl_owner(&self) -> &PgPool {
        &self.pools.etl_owner
    }

    /// URL of the business database as a role.
    pub fn biz_url(&self, role: Role) -> String {
        self.access().url(role, &self.biz)
    }

    /// URL of the warehouse as a role.
    pub fn etl_url(&self, role: Role) -> String {
        self.access().url(role, &self.etl)
    }

    /// Connect options of the business database as a role.
    pub fn biz_options(&self, role: Role) -> PgConnectOptions {
        self.access().options(role, &self.biz)
    }

    /// Connect options of the warehouse as a role.
    pub fn etl_options(&self, role: Role) -> PgConnectOptions {
        self.access().options(role, &self.etl)
    }

    /// Superuser on the business database: to break things, cancel backends, restart clocks.
    pub fn superuser(&self) -> PgConnectOptions {
        self.access().superuser(&self.biz)
    }

    /// Sets the business clock's offset, as `cargo demo next-day` does.
    pub async fn set_clock_offset(&self, seconds: i64) -> Result<()> {
        sqlx::query(
            "INSERT INTO biz.clock_offset (offset_seconds) VALUES ($1)
             ON CONFLICT (only_row) DO UPDATE SET offset_seconds = excluded.offset_seconds, updated_at = now()",
        )
        .bind(seconds)
        .execute(self.owner())
        .await?;
        Ok(())
    }

    /// Leaves the databases behind even if the test passes; for tests that return `Err` instead of panicking too.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    fn access(&self) -> &Access {
        self.cluster.access()
    }
}

impl Drop for TestDbs {
    #[expect(
        clippy::print_stderr,
        reason = "the failed test's reader looks there for where its databases are"
    )]
    fn drop(&mut self) {
        if self.keep || std::thread::panicking() {
            self.cluster.note_kept(&self.biz);
            self.cluster.note_kept(&self.etl);
            eprintln!(
                "kept for you to look at:\n  psql '{}'\n  psql '{}'",
                self.biz_url(Role::Owner),
                self.etl_url(Role::EtlOwner)
            );
            return;
        }
        // `drop` cannot wait for this test's own runtime; a short-lived one on another thread can.
        let admin = self.access().superuser("postgres");
        let databases = [std::mem::take(&mut self.biz), std::mem::take(&mut self.etl)];
        let dropped = std::thread::spawn(move || -> Result<()> {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
                let mut connection = PgConnection::connect_with(&admin).await?;
                for database in &databases {
                    provision::drop_database(&mut connection, database).await?;
                }
                Ok(connection.close().await?)
            })
        })
        .join();
        if let Ok(Err(error)) = dropped {
            eprintln!("the test databases could not be dropped: {error:#}");
        }
    }
}
