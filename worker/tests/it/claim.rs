//! Whose run it is: claims, leases, fences, cancellation.
use std::time::Duration;

use domain::{
    SiteId,
    schedule::{Coalesce, Scope},
};
use serde_json::json;
use store::scheduler::{
    claim,
    events::{self, NewEvent},
    finish::{self, End, Ended},
    operate, reconcile,
};
use worker::{JobContext, JobError, Outcome, Registry};

use crate::fixture::{Fixture, LEASE, claimant, eventually, eventually_within};

/// Waits for the test's word, then writes an effect; the write counts only under its own epoch.
async fn effect_on_go(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    // The first attempt is the one that is taken away; a later one goes on at once.
    let mut wait = cx.run.attempt == 1;
    while wait {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let gone: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.trigger_events WHERE event_name = 'go'")
            .fetch_one(&cx.app.biz)
            .await?;
        wait = gone == 0;
    }
    let mut tx = cx.door().begin(cx.run.site_id.unwrap_or(SiteId(1))).await?;
    let payload = json!({ "epoch": cx.run.epoch });
    let effect = NewEvent { name: "effect", site_id: cx.run.site_id, payload: &payload, dedup_key: None };
    events::fire(tx.connection(), effect).await?;
    tx.commit().await?;
    Outcome::succeeded(())
}

async fn done(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Outcome::succeeded(())
}

async fn hangs(_: JobContext<'_>) -> Result<Outcome, JobError> {
    std::future::pending().await
}

fn registry() -> Registry {
    Registry::default()
        .register_job("effect", Scope::Site, Coalesce::Site, |cx| Box::pin(effect_on_go(cx)))
        .register_job("done", Scope::Site, Coalesce::None, |cx| Box::pin(done(cx)))
        .register_job("hangs", Scope::Site, Coalesce::Site, |cx| Box::pin(hangs(cx)))
}

/// Leases are not expired within a minute of the server's start.
pub async fn server_is_a_minute_old(f: &Fixture) {
    eventually_within(Duration::from_secs(70), "the server is a minute old", async || {
        f.count("SELECT (now() > pg_postmaster_start_time() + interval '61 seconds')::integer::bigint").await
            == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_lease_ended_goes_to_another_and_the_old_epoch_writes_nothing() {
    let f = Fixture::new().await;
    server_is_a_minute_old(&f).await;
    f.job("effect", "effect", "event", json!({ "event_name": "e" })).await;
    f.event("e", Some(1), json!({})).await;
    let first = f.start(registry()).await;
    eventually("the first has it", async || f.states("effect").await == ["running"]).await;
    // As if it had been frozen for a minute.
    f.sql("UPDATE biz.trigger_runs SET lease_until = now() - interval '1 second'").await;
    eventually("it was taken back, and done under a new epoch", async || {
        f.runs("effect").await.first().is_some_and(|r| (r.state.as_str(), r.epoch) == ("succeeded", 2))
    })
    .await;
    f.event("go", None, json!({})).await;
    // The frozen attempt wakes, meets the fence, and is stopped; the drain waits for it.
    first.stop().await;
    let effects: Vec<serde_json::Value> =
        sqlx::query_scalar("SELECT payload FROM biz.trigger_events WHERE event_name = 'effect'")
            .fetch_all(f.owner())
            .await
            .unwrap();
    assert_eq!(effects, [json!({ "epoch": 2 })], "applied once");
    let run = f.runs("effect").await.remove(0);
    assert_eq!((run.state.as_str(), run.attempt, run.epoch), ("succeeded", 2, 2));
}

#[tokio::test]
async fn a_crash_counts_and_past_the_last_attempt_the_run_is_dead() {
    let f = Fixture::new().await;
    server_is_a_minute_old(&f).await;
    f.job("once", "done", "event", json!({ "event_name": "e", "max_attempts": 1 })).await;
    f.job("twice", "done", "event", json!({ "event_name": "e", "max_attempts": 2 })).await;
    f.sql("INSERT INTO biz.trigger_runs (job_id, site_id, trigger) SELECT id, 1, 'manual' FROM biz.trigger_jobs WHERE status = 'enabled'")
        .await;
    let pool = f.dbs.worker();
    let runs = claim::claim(pool, &claimant("w"), 10).await.unwrap();
    assert_eq!(runs.len(), 2);
    f.sql("UPDATE biz.trigger_runs SET lease_until = now() - interval '1 second'").await;
    let mut expired = reconcile::reconcile(pool, LEASE).await.unwrap().expired;
    expired.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(expired.iter().map(|e| e.1.as_str()).collect::<Vec<_>>(), ["dead", "queued"]);
    assert!(f.last_error("once").await.unwrap().contains("site 1: worker w stopped renewing its lease"));
    // The end that the crashed worker would still write does nothing.
    let late: Vec<Ended> = runs.iter().map(|run| Ended::new(run, End::Succeeded(json!({})))).collect();
    assert!(finish::finish(pool, &late).await.unwrap().states.is_empty());
    // Redrive.
    let dead = expired[0].0;
    let mut connection = pool.acquire().await.unwrap();
    operate::retry(&mut connection, dead).await.unwrap();
    assert!(operate::retry(&mut connection, dead).await.unwrap_err().to_string().contains("is not dead"));
    drop(connection);
    assert_eq!(claim::claim(pool, &claimant("w"), 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn many_claimers_share_what_there_is_and_never_overlap_a_pair() {
    let f = Fixture::new().await;
    f.job("each", "done", "event", json!({ "event_name": "e" })).await;
    f.sql("INSERT INTO biz.sites (site_id, site_code, name) SELECT n, 'X' || n, 'x' FROM generate_series(10, 59) AS n").await;
    f.sql("INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
           SELECT j.id, s, 'manual' FROM biz.trigger_jobs j, generate_series(10, 59) AS s, generate_series(1, 4)
           WHERE j.job_name = 'each'")
        .await;
    let mut workers = tokio::task::JoinSet::new();
    for n in 0..4 {
        let pool = f.dbs.worker().clone();
        workers.spawn(async move {
            let mut mine = 0;
            loop {
                let runs = claim::claim(&pool, &claimant(&format!("w{n}")), 7).await.unwrap();
                let left: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM biz.trigger_runs WHERE state <> 'succeeded'")
                        .fetch_one(&pool)
                        .await
                        .unwrap();
                if left == 0 {
                    return mine;
                }
                mine += runs.len();
                let ended: Vec<Ended> =
                    runs.iter().map(|r| Ended::new(r, End::Succeeded(json!({})))).collect();
                assert_eq!(finish::finish(&pool, &ended).await.unwrap().states.len(), ended.len());
            }
        });
    }
    let shares: Vec<usize> = workers.join_all().await;
    assert_eq!(shares.iter().sum::<usize>(), 200, "{shares:?}");
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_runs WHERE epoch <> 1 OR attempt <> 1").await, 0);
}

#[tokio::test]
async fn a_site_with_a_long_queue_does_not_come_before_one_that_waited() {
    let f = Fixture::new().await;
    f.job("each", "done", "event", json!({ "event_name": "e" })).await;
    f.sql(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
           SELECT id, 1, 'manual' FROM biz.trigger_jobs, generate_series(1, 1000) WHERE job_name = 'each'",
    )
    .await;
    let pool = f.dbs.worker();
    let next = async || {
        let run = claim::claim(pool, &claimant("w"), 1).await.unwrap().remove(0);
        finish::finish(pool, &[Ended::new(&run, End::Succeeded(json!({})))]).await.unwrap();
        run.site_id
    };
    assert_eq!(next().await, Some(SiteId(1)));
    f.sql("INSERT INTO biz.trigger_runs (job_id, site_id, trigger) SELECT id, 2, 'manual' FROM biz.trigger_jobs WHERE job_name = 'each'")
        .await;
    assert_eq!(next().await, Some(SiteId(2)), "never served, so first");
    assert_eq!(next().await, Some(SiteId(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_drops_a_waiting_run_and_stops_a_running_one_at_its_heartbeat() {
    let f = Fixture::new().await;
    f.job("hangs", "hangs", "event", json!({ "event_name": "e", "debounce_ms": 0 })).await;
    let w = f.start(registry()).await;
    f.event("e", Some(1), json!({})).await;
    eventually("it runs", async || f.states("hangs").await == ["running"]).await;
    f.event("e", Some(1), json!({})).await;
    eventually("another waits", async || f.states("hangs").await == ["running", "queued"]).await;
    let runs = f.runs("hangs").await;
    let mut connection = f.dbs.worker().acquire().await.unwrap();
    operate::cancel(&mut connection, runs[1].id).await.unwrap();
    operate::cancel(&mut connection, runs[0].id).await.unwrap();
    let waiting = f.runs("hangs").await.remove(1);
    assert_eq!(waiting.state, "cancelled");
    assert_eq!(waiting.stats.unwrap()["dropped_events"].as_array().unwrap().len(), 1);
    eventually("the running one too", async || f.states("hangs").await == ["cancelled", "cancelled"]).await;
    let again = operate::cancel(&mut connection, runs[0].id).await.unwrap_err();
    assert!(again.to_string().contains("has ended: cancelled"), "{again}");
    w.stop().await;
}
