//! What we rely on in apalis 1.0.0, and what we work around: an upgrade runs these again.
use domain::schedule::{Coalesce, Scope};
use serde_json::json;
use sqlx::Connection as _;
use store::jobs::ticket;
use worker::{JobContext, JobError, Outcome, Registry};

use crate::fixture::{Fixture, eventually};

async fn done(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Outcome::succeeded(())
}

fn registry() -> Registry {
    Registry::default().register_job("done", Scope::Global, Coalesce::None, |cx| Box::pin(done(cx)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_cannot_be_read_or_came_late_harms_nothing() {
    let f = Fixture::new().await;
    let w = f.start(registry()).await;
    f.sql(
        "INSERT INTO apalis.jobs (id, job_type, job, max_attempts, metadata)
           SELECT apalis.generate_ulid(), 'zqyy_runs', job, 1, ''
           FROM unnest(ARRAY['\\xff00', '\"text\"', '{\"run_id\": \"x\"}', '']::bytea[]) AS t (job)",
    )
    .await;
    eventually("all tickets are spent", async || {
        f.count("SELECT count(*) FROM apalis.jobs WHERE status = 'Done'").await == 4
    })
    .await;
    f.job("each", "done", "event", json!({ "event_name": "e" })).await;
    f.event("e", None, json!({})).await;
    eventually("work goes on", async || f.states("each").await == ["succeeded"]).await;
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_process_and_each_restart_has_a_name_of_its_own() {
    let f = Fixture::new().await;
    let (a, b) = (f.start(registry()).await, f.start(registry()).await);
    eventually("two names", async || f.count("SELECT count(DISTINCT id) FROM apalis.workers").await == 2)
        .await;
    // As after a lost connection: the queue's worker ends, and comes back under a new name.
    f.sql("DELETE FROM apalis.workers").await;
    let mut superuser = sqlx::PgConnection::connect_with(&f.dbs.superuser()).await.unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = 'zqyy_worker' AND datname = current_database()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    superuser.close().await.unwrap();
    f.job("each", "done", "event", json!({ "event_name": "e" })).await;
    f.event("e", None, json!({})).await;
    eventually("work goes on", async || f.states("each").await == ["succeeded"]).await;
    tokio::join!(a.stop(), b.stop());
}

#[tokio::test]
async fn a_taken_key_does_not_abort_the_transaction_and_waiting_tickets_are_enough() {
    let f = Fixture::new().await;
    let mut tx = f.dbs.worker().begin().await.unwrap();
    ticket::push(&mut tx, &[(1, 0), (2, 0)]).await.unwrap();
    ticket::push(&mut tx, &[(1, 0)]).await.unwrap();
    let many: Vec<(i64, i32)> = (10..100).map(|id| (id, 0)).collect();
    ticket::push(&mut tx, &many).await.unwrap();
    ticket::push_spare(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(f.count("SELECT count(*) FROM apalis.jobs").await, 8);
    f.sql("INSERT INTO apalis.workers (id, worker_type, storage_name) VALUES ('w', 'zqyy_runs', 's')").await;
    assert_eq!(f.count("SELECT count(*) FROM apalis.get_jobs('w', 'zqyy_runs', 3)").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_spent_and_pruned() {
    let f = Fixture::new().await;
    f.sql("INSERT INTO apalis.jobs (id, job_type, job, status, done_at, metadata)
           SELECT 'old-' || n, 'zqyy_runs', '', 'Done', now() - interval '1 hour', '' FROM generate_series(1, 6000) AS n")
        .await;
    let removed = store::scheduler::prune::batch(f.dbs.worker()).await.unwrap();
    assert_eq!(removed.tickets, 5000, "in batches");
    assert_eq!(store::scheduler::prune::batch(f.dbs.worker()).await.unwrap().tickets, 1000);
}
