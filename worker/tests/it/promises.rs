//! Sentences of the scheduler's promise that have a test of their own: what a crash of the server undoes, versions side
//! by side, pausing, cancelling beside an open transaction, debounce under a race, retention.
use std::time::Duration;

use domain::{
    SiteId,
    schedule::{Coalesce, Scope},
};
use serde_json::json;
use store::{
    StoreError, SystemDoor,
    scheduler::{
        claim::{self, Claimant},
        dispatch,
        finish::{self, End, Ended},
        lease::Heart,
        operate, presence, prune, reconcile,
    },
};

use crate::fixture::{Fixture, LEASE, claimant};

fn defaults(_: &str) -> (Scope, Coalesce) {
    (Scope::Site, Coalesce::Site)
}

/// Does not wait for the server to be a minute old.
const AT_ONCE: Duration = Duration::from_millis(1);

async fn waiting(f: &Fixture, job: &str, config: serde_json::Value) {
    f.job(job, job, "event", config).await;
    sqlx::query(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
         SELECT id, 1, 'manual' FROM biz.trigger_jobs WHERE job_name = $1",
    )
    .bind(job)
    .execute(f.owner())
    .await
    .unwrap();
}

#[tokio::test]
async fn a_claim_that_a_crash_of_the_server_undid_writes_nothing_under_the_next_ones_epoch() {
    let f = Fixture::new().await;
    waiting(&f, "job", json!({ "event_name": "e" })).await;
    let pool = f.dbs.worker();
    let undone = claim::claim(pool, &claimant("a"), 1).await.unwrap().remove(0);
    // Claims do not wait for the disk; this is what the server comes back with.
    f.sql("UPDATE biz.trigger_runs SET state = 'queued', epoch = 0, attempt = 0, claim = NULL, lease_until = NULL, worker = NULL").await;
    let real = claim::claim(pool, &claimant("a"), 1).await.unwrap().remove(0);
    assert_eq!((undone.id, undone.epoch), (real.id, real.epoch), "only the number tells them apart");

    let refused = SystemDoor::fenced(pool.clone(), undone.fence()).begin(SiteId(1)).await.err();
    assert!(matches!(refused, Some(StoreError::FenceLost { .. })), "{refused:?}");
    let end = |run| [Ended::new(run, End::Succeeded(json!({})))];
    assert!(finish::finish(pool, &end(&undone)).await.unwrap().states.is_empty());
    let leases = Heart::new(pool.clone(), LEASE).beat(&[undone.fence(), real.fence()]).await.unwrap();
    assert_eq!(leases.iter().map(|l| l.claim).collect::<Vec<_>>(), [real.claim]);
    SystemDoor::fenced(pool.clone(), real.fence()).begin(SiteId(1)).await.unwrap();
    assert_eq!(finish::finish(pool, &end(&real)).await.unwrap().states.len(), 1);
}

#[tokio::test]
async fn a_job_type_of_the_next_version_is_left_to_workers_that_know_it_and_dies_only_if_none_lives() {
    let f = Fixture::new().await;
    waiting(&f, "new", json!({ "event_name": "e" })).await;
    let pool = f.dbs.worker();
    let knows = |types: &[&str]| Claimant {
        job_types: types.iter().map(|t| (*t).to_owned()).collect(),
        ..claimant("a")
    };
    presence::sign(pool, "upgraded", &["new".to_owned()]).await.unwrap();
    assert!(claim::claim(pool, &knows(&["old"]), 9).await.unwrap().is_empty());
    // Gone for more than a minute: nobody will ever run it, and that is to be seen.
    f.sql("UPDATE biz.trigger_workers SET updated_at = now() - interval '61 seconds'").await;
    let taken = claim::claim(pool, &knows(&["old"]), 9).await.unwrap();
    assert_eq!(taken.len(), 1);
    finish::finish(pool, &[Ended::new(&taken[0], End::GivenBack)]).await.unwrap();
    presence::sign(pool, "upgraded", &["new".to_owned()]).await.unwrap();
    assert_eq!(claim::claim(pool, &knows(&["new"]), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn so_many_deaths_in_a_row_pause_a_job_crashes_too_and_enabling_counts_anew() {
    let f = Fixture::new().await;
    let config = json!({ "event_name": "e", "pause_after": 2, "max_attempts": 1 });
    f.job("fragile", "fragile", "event", config).await;
    let pool = f.dbs.worker();
    let status = async || -> String {
        sqlx::query_scalar("SELECT status FROM biz.trigger_jobs WHERE job_name = 'fragile'")
            .fetch_one(f.owner())
            .await
            .unwrap()
    };
    let die = async |by_crash: bool| {
        let mut connection = pool.acquire().await.unwrap();
        operate::run_now(&mut connection, "fragile", Some(SiteId(1)), &defaults).await.unwrap();
        drop(connection);
        let run = claim::claim(pool, &claimant("a"), 1).await.unwrap().remove(0);
        if by_crash {
            f.sql("UPDATE biz.trigger_runs SET lease_until = now() - interval '1 second' WHERE state = 'running'").await;
            reconcile::reconcile(pool, AT_ONCE).await.unwrap().paused
        } else {
            let end = End::Dead { error: "broken".into() };
            finish::finish(pool, &[Ended::new(&run, end)]).await.unwrap().paused
        }
    };
    assert!(die(false).await.is_empty());
    assert_eq!(die(true).await.len(), 1, "the second in a row, by a crash");
    assert_eq!(status().await, "disabled");
    assert!(f.last_error("fragile").await.unwrap().starts_with("disabled after 2 dead runs in a row"));
    f.sql("UPDATE biz.trigger_jobs SET status = 'enabled' WHERE job_name = 'fragile'").await;
    assert!(die(true).await.is_empty(), "the first since it was enabled");
    assert_eq!(die(false).await.len(), 1);
    assert_eq!(status().await, "disabled");
}

#[tokio::test]
async fn cancelling_a_running_run_does_not_wait_for_its_open_transaction_and_taking_it_back_does() {
    let f = Fixture::new().await;
    waiting(&f, "job", json!({ "event_name": "e" })).await;
    let pool = f.dbs.worker();
    let run = claim::claim(pool, &claimant("a"), 1).await.unwrap().remove(0);
    let effect = SystemDoor::fenced(pool.clone(), run.fence()).begin(SiteId(1)).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("SET lock_timeout = '1s'").execute(&mut *connection).await.unwrap();
    operate::cancel(&mut connection, run.id).await.unwrap();
    f.sql("UPDATE biz.trigger_runs SET lease_until = now() - interval '1 second'").await;
    assert!(
        reconcile::reconcile(pool, AT_ONCE).await.unwrap().expired.is_empty(),
        "its effects may still come"
    );
    effect.commit().await.unwrap();
    let expired = reconcile::reconcile(pool, AT_ONCE).await.unwrap().expired;
    assert_eq!(expired, [(run.id, "cancelled".to_owned())]);
}

#[tokio::test]
async fn an_event_that_meets_the_start_of_its_run_waits_for_the_debounce() {
    let f = Fixture::new().await;
    f.job("job", "job", "event", json!({ "event_name": "e", "debounce_ms": 60_000 })).await;
    let pool = f.dbs.worker();
    let inbox = async || dispatch::inbox(pool, &defaults, chrono_tz::UTC).await.unwrap();
    f.event("e", Some(1), json!({})).await;
    inbox().await;
    // A claim that has not committed: the insert of the next run waits for it, with a snapshot from before.
    let mut claiming = f.owner().begin().await.unwrap();
    sqlx::query("UPDATE biz.trigger_runs SET state = 'running', epoch = 1, attempt = 1, started_at = now(), lease_until = now() + interval '1 minute'")
        .execute(&mut *claiming)
        .await
        .unwrap();
    f.event("e", Some(1), json!({})).await;
    let (dispatched, ()) = tokio::join!(inbox(), async {
        crate::fixture::eventually("the dispatcher waits for the claim", async || {
            f.count("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'").await
                > 0
        })
        .await;
        claiming.commit().await.unwrap();
    });
    assert_eq!(dispatched.runs, 1);
    let early = "SELECT count(*) FROM biz.trigger_runs n JOIN biz.trigger_runs s ON s.state = 'running'
                 WHERE n.state = 'queued' AND n.not_before >= s.started_at + interval '60 seconds'";
    assert_eq!(f.count(early).await, 1);
}

#[tokio::test]
async fn retention_keeps_what_is_young_waits_or_may_be_driven_again() {
    let f = Fixture::new().await;
    f.job("job", "job", "event", json!({ "event_name": "e" })).await;
    // Age in days, state, and whether run and event should stay.
    let cases = [
        (31, "succeeded", false, false),
        (31, "dead", false, false),
        (29, "dead", true, true),
        (8, "succeeded", true, false),
        (8, "cancelled", true, false),
        (8, "skipped", true, false),
        (8, "dead", true, true),
        (8, "queued", true, true),
        (8, "failed", true, true),
        (6, "succeeded", true, true),
    ];
    for (n, (days, state, ..)) in (1i64..).zip(cases) {
        sqlx::query(
            "WITH e AS (INSERT INTO biz.trigger_events (event_name, site_id, dedup_key, dispatched_at)
                        VALUES ('e', 1, 'n' || $1, now() - $2 * interval '1 day') RETURNING id),
                  r AS (INSERT INTO biz.trigger_runs (job_id, site_id, trigger, state, error, finished_at)
                        SELECT id, 1, 'event', $3, 'n' || $1,
                               CASE WHEN $3 NOT IN ('queued', 'failed') THEN now() - $2 * interval '1 day' END
                        FROM biz.trigger_jobs WHERE job_name = 'job' RETURNING id)
             INSERT INTO biz.trigger_run_events (run_id, event_id) SELECT r.id, e.id FROM r, e",
        )
        .bind(n)
        .bind(days)
        .bind(state)
        .execute(f.owner())
        .await
        .unwrap();
    }
    f.sql("INSERT INTO biz.trigger_events (event_name, created_at) VALUES ('waits for years', now() - interval '9 years')").await;
    // Runs go first; the events of those that went in this batch go with it or with the next.
    for _ in 0..2 {
        prune::batch(f.dbs.worker()).await.unwrap();
    }
    let runs: Vec<String> = sqlx::query_scalar("SELECT error FROM biz.trigger_runs ORDER BY id")
        .fetch_all(f.owner())
        .await
        .unwrap();
    let events: Vec<String> = sqlx::query_scalar(
        "SELECT dedup_key FROM biz.trigger_events WHERE dedup_key IS NOT NULL ORDER BY id",
    )
    .fetch_all(f.owner())
    .await
    .unwrap();
    let expected = |keep: fn(&(i32, &str, bool, bool)) -> bool| -> Vec<String> {
        (1..).zip(&cases).filter(|(_, case)| keep(case)).map(|(n, _)| format!("n{n}")).collect()
    };
    assert_eq!(runs, expected(|case| case.2));
    assert_eq!(events, expected(|case| case.3));
    assert_eq!(
        f.count("SELECT count(*) FROM biz.trigger_events WHERE dispatched_at IS NULL").await,
        1,
        "never before it was dispatched"
    );
}
