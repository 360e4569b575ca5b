//! As a service: what systemd hears of a worker from its start to its end.
use std::{process::Stdio, time::Duration};

use serde_json::json;
use testing::{ServiceManager, builders::Task};

use crate::{
    fixture::{Fixture, PATIENCE, eventually},
    process::{command, terminate},
};

/// Longer than anything here takes on a busy machine.
const WATCHDOG: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_ready_then_the_watchdog_then_stopping_and_the_watchdog_through_the_drain() {
    let f = Fixture::new().await;
    let hour_ago = sqlx::query_scalar("SELECT now() - interval '1 hour'").fetch_one(f.owner()).await.unwrap();
    let mut task = Task::new(1, 7, 70).created(hour_ago);
    task.expires_at = Some(hour_ago);
    task.insert(&f.dbs).await.unwrap();
    // The job's own statement waits here: the run is in progress for as long as this is held.
    let mut lock = f.owner().begin().await.unwrap();
    sqlx::query("LOCK TABLE biz.coach_task_history IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    f.sql(
        "UPDATE biz.trigger_jobs SET status = 'enabled', trigger_config = '{\"event_name\": \"expire\"}',
               trigger_condition = 'event' WHERE job_name = 'task_expiry_check'",
    )
    .await;

    let manager = ServiceManager::new().unwrap();
    let mut environment = f.environment();
    environment.insert("ZQYY__WORKER__DRAIN_SECONDS".into(), "2".into());
    let mut child = command(&environment, &[])
        .envs(manager.environment(WATCHDOG / 5))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let before = manager.hear("READY=1", PATIENCE).await.unwrap();
    assert!(before.is_empty(), "{before:?}");
    for _ in 0..3 {
        let between = manager.hear("WATCHDOG=1", WATCHDOG).await.unwrap();
        assert!(between.is_empty(), "{between:?}");
    }

    f.event("expire", Some(1), json!({})).await;
    eventually("a run is in progress", async || f.states("task_expiry_check").await == ["running"]).await;
    terminate(&mut child).await;
    manager.hear("STOPPING=1", PATIENCE).await.unwrap();
    // The run is waited for, and the watchdog is not left without a sign meanwhile.
    let during = manager.hear("WATCHDOG=1", WATCHDOG).await.unwrap();
    assert!(during.is_empty(), "{during:?}");
    // Nor does a statement that waits at the server keep the process: it goes, and leaves the run to its lease.
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
    let said = manager.unheard();
    assert!(said.iter().all(|line| line == "WATCHDOG=1"), "{said:?}");
    lock.rollback().await.unwrap();
    let ended = f.count("SELECT count(*) FROM biz.coach_tasks WHERE status = 'inactive'").await;
    assert_eq!((ended, f.states("task_expiry_check").await), (0, vec!["running".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_start_is_never_ready() {
    let f = Fixture::new().await;
    let manager = ServiceManager::new().unwrap();
    let mut environment = f.environment();
    environment
        .insert("ZQYY__DATABASE__BIZ_URL".into(), "postgres://zqyy_worker:x@127.0.0.1:1/nowhere".into());
    let mut child =
        command(&environment, &[]).envs(manager.environment(WATCHDOG)).stderr(Stdio::null()).spawn().unwrap();
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(manager.unheard().is_empty());
}
