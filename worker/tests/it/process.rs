//! Real processes: their command line, `kill -9` in the middle of a run, SIGTERM.
use std::{
    collections::HashMap,
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::json;
use testing::builders::Task;
use tokio::{
    process::{Child, Command},
    time::Instant,
};

use crate::{
    claim::server_is_a_minute_old,
    fixture::{Fixture, eventually},
};

pub fn command(environment: &HashMap<String, String>, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    command.args(args).env_clear().envs(environment).stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn spawn(environment: &HashMap<String, String>) -> Child {
    command(environment, &[]).stderr(Stdio::null()).spawn().unwrap()
}

async fn output(environment: &HashMap<String, String>, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(environment, args).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

pub async fn terminate(child: &mut Child) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
}

async fn registered(f: &Fixture, workers: i64) {
    eventually("the workers have registered", async || {
        f.count("SELECT count(*) FROM apalis.workers").await == workers
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_minus_nine_in_the_middle_of_a_run_loses_and_doubles_nothing() {
    let f = Fixture::new().await;
    server_is_a_minute_old(&f).await;
    let hour_ago = sqlx::query_scalar("SELECT now() - interval '1 hour'").fetch_one(f.owner()).await.unwrap();
    let mut task = Task::new(1, 7, 70).created(hour_ago);
    task.expires_at = Some(hour_ago + chrono::Duration::minutes(30));
    task.insert(&f.dbs).await.unwrap();
    // The job's own statement waits here, in the middle of its transaction.
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
    f.event("expire", Some(1), json!({})).await;
    let mut first = spawn(&f.environment());
    eventually("the job is in the middle of its transaction", async || {
        f.count("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'biz.coach_task_history'::regclass").await
            > 0
    })
    .await;
    first.kill().await.unwrap();
    f.sql("UPDATE biz.trigger_runs SET lease_until = now() - interval '1 second'").await;
    let mut second = spawn(&f.environment());
    registered(&f, 2).await;
    lock.rollback().await.unwrap();
    eventually("the run is done by the other", async || f.states("task_expiry_check").await == ["succeeded"])
        .await;
    terminate(&mut second).await;
    second.wait().await.unwrap();
    let run = f.runs("task_expiry_check").await.remove(0);
    assert_eq!((run.attempt, run.epoch), (2, 2));
    assert_eq!(f.count("SELECT count(*) FROM biz.coach_tasks WHERE status = 'inactive'").await, 1);
    assert_eq!(
        f.count("SELECT count(*) FROM biz.coach_task_history WHERE action = 'expired'").await,
        1,
        "once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_an_idle_process_within_a_second() {
    let f = Fixture::new().await;
    let mut child = spawn(&f.environment());
    registered(&f, 1).await;
    let began = Instant::now();
    terminate(&mut child).await;
    let status = child.wait().await.unwrap();
    assert!(status.success(), "{status}");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration_exits_2_and_names_key_value_and_source() {
    let f = Fixture::new().await;
    for (key, value, words) in [
        ("ZQYY__WORKER__CONCURRENCY", "many", vec!["worker.concurrency", "many", "environment"]),
        ("ZQYY__WORKER__DRAIN_SECONDS", "-1", vec!["worker.drain_seconds", "-1"]),
        ("ZQYY__DATABASE__BIZ_URL", "mysql://x", vec!["database.biz_url"]),
        ("ZQYY__DATABASE__MAX_CONNECTIONS", "3", vec!["database.max_connections = 3"]),
        ("ZQYY__WORKER__METRICS_LISTEN", "9091", vec!["worker.metrics_listen", "9091"]),
    ] {
        let mut environment = f.environment();
        environment.insert(key.into(), value.into());
        let (code, _, error) = output(&environment, &["serve"]).await;
        assert_eq!(code, 2, "{key}: {error}");
        assert!(words.iter().all(|word| error.contains(word)), "{key}: {error}");
    }
    let mut environment = f.environment();
    environment.remove("ZQYY__DATABASE__BIZ_URL");
    let (code, _, error) = output(&environment, &[]).await;
    assert_eq!((code, error.contains("database.biz_url is not set")), (2, true), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_start_where_it_must_not() {
    let f = Fixture::new().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut environment = f.environment();
    environment.insert("ZQYY__WORKER__METRICS_LISTEN".into(), taken.local_addr().unwrap().to_string());
    let (code, _, error) = output(&environment, &[]).await;
    assert_eq!((code, error.contains("worker.metrics_listen")), (1, true), "{error}");

    f.dbs.set_clock_offset(86_400).await.unwrap();
    let (code, _, error) = output(&f.environment(), &[]).await;
    assert_eq!((code, error.contains("auth.dev_login")), (1, true), "{error}");

    f.sql("DELETE FROM biz._sqlx_migrations WHERE version = (SELECT max(version) FROM biz._sqlx_migrations)")
        .await;
    let (code, _, error) = output(&f.environment(), &[]).await;
    assert_eq!((code, error.contains("run `api migrate`")), (1, true), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_wrong_and_run_prints_what_came_of_it() {
    let f = Fixture::new().await;
    let (code, report, error) = output(&f.environment(), &["check"]).await;
    assert_eq!(code, 0, "{report}{error}");
    assert!(report.contains("job task_generator"), "{report}");
    f.job("bad", "nothing", "cron", json!({ "cron_expression": "0 4 31 2 *" })).await;
    let (code, report, _) = output(&f.environment(), &["check"]).await;
    assert_eq!(code, 1, "{report}");
    assert!(report.contains("\"nothing\" is not known") && report.contains("never fires"), "{report}");

    let (code, printed, error) = output(&f.environment(), &["run", "queue_prune"]).await;
    assert_eq!(code, 0, "{printed}{error}");
    assert!(printed.contains("queue_prune all sites: succeeded"), "{printed}");
    let (code, printed, _) = output(&f.environment(), &["run", "task_expiry_check", "--site", "2"]).await;
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("task_expiry_check site 2: succeeded"), "{printed}");
    for (args, words) in [
        (vec!["run", "nothing"], "no such job"),
        (vec!["run", "task_expiry_check", "--site", "99"], "site 99 is unknown"),
        (vec!["run", "queue_prune", "--site", "1"], "not for site 1"),
    ] {
        let (code, _, error) = output(&f.environment(), &args).await;
        assert_eq!((code, error.contains(words)), (1, true), "{args:?}: {error}");
    }
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_runs WHERE trigger = 'manual'").await, 2);
}
