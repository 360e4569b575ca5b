//! Databases, jobs, workers and waiting.
use std::{collections::HashMap, future::Future, time::Duration};

use serde_json::Value;
use sqlx::PgPool;
use store::{config::Config, scheduler::claim::Claimant};
use testing::{Role, TestDbs, builders::Site};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;
use worker::{App, Process, Registry};

/// Nothing that is waited for takes longer on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What is shipped.
pub const LEASE: Duration = Duration::from_secs(60);

/// A process that can run everything.
pub fn claimant(worker: &str) -> Claimant {
    Claimant { worker: worker.into(), job_types: vec![], lease: LEASE, zone: chrono_tz::UTC }
}

/// Databases with two sites, 1 and 2, and none of the shipped jobs enabled.
pub struct Fixture {
    pub dbs: TestDbs,
}

/// A worker in this process.
pub struct Running {
    stop: CancellationToken,
    done: JoinHandle<()>,
}

/// A run as the tests look at it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct RunRow {
    pub id: i64,
    pub site_id: Option<i64>,
    pub state: String,
    pub attempt: i32,
    pub epoch: i32,
    pub event_count: i32,
    pub error: Option<String>,
    pub stats: Option<Value>,
}

impl Fixture {
    pub async fn new() -> Self {
        let dbs = TestDbs::new().await.unwrap();
        for site_id in [1, 2] {
            Site { site_id, ..Site::default() }.insert(&dbs).await.unwrap();
        }
        let fixture = Self { dbs };
        fixture.sql("UPDATE biz.trigger_jobs SET status = 'disabled'").await;
        fixture
    }

    pub fn owner(&self) -> &PgPool {
        self.dbs.owner()
    }

    /// A statement as the owner.
    pub async fn sql(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.owner()).await.unwrap();
    }

    /// A figure as the owner.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.owner()).await.unwrap()
    }

    pub async fn job(&self, name: &str, job_type: &str, condition: &str, config: Value) -> i64 {
        sqlx::query_scalar(
            "INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config)
             VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(name)
        .bind(job_type)
        .bind(condition)
        .bind(config)
        .fetch_one(self.owner())
        .await
        .unwrap()
    }

    /// As the ETL does it.
    pub async fn event(&self, name: &str, site_id: Option<i64>, payload: Value) {
        sqlx::query("INSERT INTO biz.trigger_events (event_name, site_id, payload) VALUES ($1, $2, $3)")
            .bind(name)
            .bind(site_id)
            .bind(payload)
            .execute(self.dbs.etl_writer())
            .await
            .unwrap();
    }

    pub async fn runs(&self, job_name: &str) -> Vec<RunRow> {
        sqlx::query_as(
            "SELECT r.id, r.site_id, r.state, r.attempt, r.epoch, r.event_count, r.error, r.stats
             FROM biz.trigger_runs r JOIN biz.trigger_jobs j ON j.id = r.job_id WHERE j.job_name = $1 ORDER BY r.id",
        )
        .bind(job_name)
        .fetch_all(self.owner())
        .await
        .unwrap()
    }

    pub async fn states(&self, job_name: &str) -> Vec<String> {
        self.runs(job_name).await.into_iter().map(|r| r.state).collect()
    }

    pub async fn last_error(&self, job_name: &str) -> Option<String> {
        sqlx::query_scalar("SELECT last_error FROM biz.trigger_jobs WHERE job_name = $1")
            .bind(job_name)
            .fetch_one(self.owner())
            .await
            .unwrap()
    }

    /// What a worker's environment says.
    pub fn environment(&self) -> HashMap<String, String> {
        environment(self.dbs.biz_url(Role::Worker), self.dbs.etl_url(Role::EtlReader))
    }

    pub async fn app(&self) -> App {
        app(self.environment()).await
    }

    /// A worker with these jobs.
    pub async fn start(&self, registry: Registry) -> Running {
        start(self.app().await, registry)
    }
}

pub fn environment(biz_url: String, etl_url: String) -> HashMap<String, String> {
    HashMap::from([
        ("ZQYY__DATABASE__BIZ_URL".to_owned(), biz_url),
        ("ZQYY__DATABASE__ETL_URL".to_owned(), etl_url),
        ("ZQYY__WORKER__METRICS_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("ZQYY__WORKER__CONCURRENCY".to_owned(), "4".to_owned()),
        ("ZQYY__WORKER__DRAIN_SECONDS".to_owned(), "1".to_owned()),
    ])
}

pub async fn app(environment: HashMap<String, String>) -> App {
    let config = Config::load_with(None, environment).unwrap();
    let biz =
        store::connect::biz(&config.database, config.database.biz().unwrap(), "worker-test").await.unwrap();
    let etl = store::connect::etl(&config.database, config.database.etl().unwrap(), "worker-test");
    let ai = worker::app::chat(&config).unwrap();
    App { biz, warehouse: Some(Warehouse::new(etl)), ai, config }
}

pub fn start(app: App, registry: Registry) -> Running {
    let stop = CancellationToken::new();
    let done = tokio::spawn(Process::new(app, registry).run(stop.clone(), || {}));
    Running { stop, done }
}

impl Running {
    /// SIGTERM's way; answers how long the drain took.
    pub async fn stop(self) -> Duration {
        let began = Instant::now();
        self.stop.cancel();
        self.done.await.unwrap();
        began.elapsed()
    }
}

/// Until the condition holds; panics with `what` if it does not.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    eventually_within(PATIENCE, what, &mut condition).await;
}

pub async fn eventually_within<F: Future<Output = bool>>(
    limit: Duration,
    what: &str,
    mut condition: impl FnMut() -> F,
) {
    let deadline = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < deadline, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
