//! A database for one test, a site for each of its cases.
use std::{
    collections::HashMap,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use domain::{
    Index, SiteId,
    tasks::{
        Indices,
        generator::{Employment, Pair},
    },
};
use sqlx::PgPool;
use store::{
    SystemDoor, SystemTx,
    operations::task::generate::{Generated, Input, generate, lock},
};
use testing::{TestDbs, builders};

pub struct World {
    pub runtime: tokio::runtime::Runtime,
    pub dbs: TestDbs,
    clock: AtomicI64,
}

/// A morning in April: business date 2026-04-20 in Shanghai.
pub fn noon() -> DateTime<Utc> {
    "2026-04-20T04:00:00Z".parse().unwrap()
}

pub fn index(hundredths: u16) -> Index {
    Index::from_hundredths(hundredths).unwrap()
}

pub fn pair(assistant_id: i64, member_id: i64, wbi: u16, rs: Option<u16>) -> Pair {
    let indices = Indices { wbi: Some(index(wbi)), nci: None, rs: rs.map(index) };
    Pair { assistant_id, member_id, indices: Ok(indices) }
}

impl World {
    pub fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let dbs = runtime.block_on(TestDbs::new()).unwrap();
        Self { runtime, dbs, clock: AtomicI64::new(0) }
    }

    pub fn owner(&self) -> &PgPool {
        self.dbs.owner()
    }

    /// A site with bound, approved coaches.
    pub async fn site(&self, coaches: &[i64]) -> SiteId {
        let site = builders::Site::default().insert(&self.dbs).await.unwrap();
        for coach in coaches {
            builders::User::coach(site, *coach).insert(&self.dbs).await.unwrap();
        }
        SiteId(site)
    }

    pub async fn begin(&self, site: SiteId, now: DateTime<Utc>) -> SystemTx {
        SystemDoor::new(self.dbs.worker().clone()).at(now).begin(site).await.unwrap()
    }

    /// The generator with these pairs, all coaches of them employed.
    pub async fn generate(&self, site: SiteId, now: DateTime<Utc>, pairs: &[Pair]) -> Generated {
        let staff: HashMap<i64, Employment> =
            pairs.iter().map(|p| (p.assistant_id, Employment::Employed)).collect();
        let stat_date = now.date_naive().pred_opt().unwrap();
        let mut tx = self.begin(site, now).await;
        let active = lock(&mut tx).await.unwrap();
        let generated = generate(&mut tx, &Input { stat_date, pairs, staff: &staff }, active).await.unwrap();
        tx.commit().await.unwrap();
        generated
    }

    /// An instant of its own for each call, a second apart.
    pub fn tick(&self) -> DateTime<Utc> {
        noon() + chrono::Duration::seconds(self.clock.fetch_add(1, Ordering::Relaxed))
    }

    pub async fn task(&self, id: i64) -> TaskRow {
        sqlx::query_as(
            "SELECT id, task_type, status, parent_task_id, expires_at, completed_at, completed_task_type,
                        created_at FROM biz.coach_tasks WHERE id = $1",
        )
        .bind(id)
        .fetch_one(self.owner())
        .await
        .unwrap()
    }

    /// Every task of a site, by id.
    pub async fn tasks(&self, site: SiteId) -> Vec<TaskRow> {
        sqlx::query_as(
            "SELECT id, task_type, status, parent_task_id, expires_at, completed_at, completed_task_type,
                        created_at FROM biz.coach_tasks WHERE site_id = $1 ORDER BY id",
        )
        .bind(site.0)
        .fetch_all(self.owner())
        .await
        .unwrap()
    }

    /// (action, old_status, new_status, old_task_type, new_task_type) of a task, oldest first.
    pub async fn history(&self, task: i64) -> Vec<HistoryRow> {
        sqlx::query_as(
            "SELECT action, old_status, new_status, old_task_type, new_task_type
                        FROM biz.coach_task_history WHERE task_id = $1 ORDER BY id",
        )
        .bind(task)
        .fetch_all(self.owner())
        .await
        .unwrap()
    }

    pub async fn count(&self, sql: &'static str, site: SiteId) -> i64 {
        sqlx::query_scalar(sql).bind(site.0).fetch_one(self.owner()).await.unwrap()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TaskRow {
    pub id: i64,
    pub task_type: String,
    pub status: String,
    pub parent_task_id: Option<i64>,
    pub expires_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub completed_task_type: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HistoryRow {
    pub action: String,
    pub old_status: Option<String>,
    pub new_status: Option<String>,
    pub old_task_type: Option<String>,
    pub new_task_type: Option<String>,
}
