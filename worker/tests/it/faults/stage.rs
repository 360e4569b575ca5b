//! A server of the harness's own, since it crashes; a door that stays while the server's port changes; databases with
//! tables that watch.
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use testing::{
    Access, Role,
    provision::{self, Kind},
    server::{Server, settings::Durability},
};

use crate::{fixture::environment, outage};

const BIZ: &str = "zqyy_app";
const ETL: &str = "etl_feiqiu";

/// How long a run stays with a worker that is gone; the shipped 60 s would make a round of each fault.
pub const LEASE_SECONDS: usize = 4;

/// Server, databases, and the way to them.
pub struct Stage {
    home: PathBuf,
    server: Option<Server>,
    access: Access,
    port: Arc<AtomicU16>,
    door: u16,
}

/// As the owner: sites, jobs of every kind, and what records effects, writes under a claim that is not the run's, and
/// every change of a run's state.
const SET_UP: &str = include_str!("stage.sql");

impl Stage {
    pub async fn set(name: &str) -> Self {
        let memory = std::path::Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let home = parent.join(format!("zqyy-faults-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        // Durable: what was committed must outlive a crash, or there is nothing to promise. In memory: the machine stays up.
        let server = Server::start(&home, Durability::Durable).await.unwrap();
        let access = server.access().clone();
        let port = Arc::new(AtomicU16::new(access.options(Role::Owner, BIZ).get_port()));
        let door = outage::door(port.clone(), Arc::default()).await;
        provision::roles(&access).await.unwrap();
        for (kind, name) in [(Kind::Biz, BIZ), (Kind::Etl, ETL)] {
            provision::database(&access, kind, name).await.unwrap();
            provision::migrate(&access, kind, name).await.unwrap();
        }
        let stage = Self { home, server: Some(server), access, port, door };
        let mut superuser = stage.superuser().await.unwrap();
        // Less than the lease, as shipped: 15 s of 60.
        sqlx::raw_sql("ALTER ROLE zqyy_worker SET idle_in_transaction_session_timeout = '1s'")
            .execute(&mut superuser)
            .await
            .unwrap();
        sqlx::raw_sql(SET_UP).execute(&mut superuser).await.unwrap();
        stage
    }

    /// What a process is configured with.
    pub fn environment(&self) -> HashMap<String, String> {
        let through = |url: String| {
            url.replace(&format!(":{}/", self.port.load(Ordering::Relaxed)), &format!(":{}/", self.door))
        };
        let mut environment = environment(
            through(self.access.url(Role::Worker, BIZ)),
            through(self.access.url(Role::EtlReader, ETL)),
        );
        environment.insert("ZQYY__WORKER__LEASE_SECONDS".into(), LEASE_SECONDS.to_string());
        environment.insert("ZQYY__WORKER__CONCURRENCY".into(), "6".into());
        environment.insert("ZQYY__DATABASE__MAX_CONNECTIONS".into(), "12".into());
        environment.insert("ZQYY__LOG__FILTER".into(), "warn".into());
        environment
    }

    /// A pool through the door, with no more patience than the ETL has.
    pub fn pool(&self, role: Role, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(std::time::Duration::from_secs(20))
            .connect_lazy_with(self.access.options(role, BIZ).port(self.door))
    }

    pub async fn superuser(&self) -> Option<PgConnection> {
        PgConnection::connect_with(&self.access.superuser(BIZ).port(self.door)).await.ok()
    }

    /// SIGINT (fast: sessions end) or SIGQUIT (immediate: as a crash; what is not in the log is gone), and up again.
    pub async fn restart_server(&mut self, crash: bool) {
        let server = self.server.take().unwrap();
        if crash {
            crate::faults::crew::signal("QUIT", server.pid().as_raw()).await;
        }
        server.stop().await.unwrap();
        let server = Server::start(&self.home, Durability::Durable).await.unwrap();
        self.access = server.access().clone();
        self.port.store(self.access.options(Role::Owner, BIZ).get_port(), Ordering::Relaxed);
        self.server = Some(server);
    }

    /// Ends it and removes its files.
    pub async fn strike(mut self) {
        self.server.take().unwrap().destroy().await.unwrap();
        std::fs::remove_dir_all(&self.home).unwrap_or_default();
    }

    /// Where processes write what they log.
    pub fn log(&self) -> std::fs::File {
        let file = self.home.join("workers.log");
        std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap()
    }
}

/// A failed run's files stay to be looked at; its server does not.
impl Drop for Stage {
    #[expect(clippy::print_stderr, reason = "the failed test's reader looks there")]
    fn drop(&mut self) {
        let Some(server) = &self.server else { return };
        eprintln!("kept for you to look at: {}", self.home.display());
        let pid = server.pid().to_string();
        // Its end is waited for by nobody.
        drop(std::process::Command::new("kill").args(["-INT", &pid]).status());
    }
}
