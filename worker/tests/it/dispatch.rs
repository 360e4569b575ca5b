//! Slots and events become runs: each once, none lost.
use domain::schedule::{Coalesce, Scope};
use serde_json::json;
use worker::{JobContext, JobError, Outcome, Registry};

use crate::fixture::{Fixture, eventually};

/// Reports the ids of its events.
async fn tell_events(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let ids: Vec<i64> = cx.events().await?.iter().map(|e| e.id).collect();
    Outcome::succeeded(json!({ "events": ids }))
}

/// Waits until the test lets it go by inserting an event of that name, which nobody else hears.
async fn wait_for_go(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    loop {
        let gone: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.trigger_events WHERE event_name = 'go'")
            .fetch_one(&cx.app.biz)
            .await?;
        if gone > 0 {
            return tell_events(cx).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

fn registry() -> Registry {
    Registry::default()
        .register_job("tell", Scope::Site, Coalesce::Site, |cx| Box::pin(tell_events(cx)))
        .register_job("tell_each", Scope::Site, Coalesce::None, |cx| Box::pin(tell_events(cx)))
        .register_job("tell_all", Scope::Global, Coalesce::Site, |cx| Box::pin(tell_events(cx)))
        .register_job("wait", Scope::Site, Coalesce::Site, |cx| Box::pin(wait_for_go(cx)))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_slot_runs_once_per_active_site_with_two_dispatchers() {
    let f = Fixture::new().await;
    f.job("every", "tell", "interval", json!({ "interval_seconds": 1, "misfire": "all" })).await;
    let (a, b) = (f.start(registry()).await, f.start(registry()).await);
    eventually("eight runs", async || {
        f.count("SELECT count(*) FROM biz.trigger_runs WHERE state = 'succeeded'").await >= 8
    })
    .await;
    tokio::join!(a.stop(), b.stop());
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_runs WHERE scheduled_for IS NULL").await, 0);
    let uneven = "SELECT count(*) FROM (
        SELECT scheduled_for FROM biz.trigger_runs GROUP BY scheduled_for HAVING array_agg(site_id ORDER BY site_id) <> '{1,2}'
    ) AS u";
    assert_eq!(f.count(uneven).await, 0, "every slot has exactly one run per site");
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_runs WHERE epoch > 1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catch_up_runs_the_newest_slot_and_records_the_others_in_one_row() {
    let f = Fixture::new().await;
    f.job(
        "daily",
        "tell_all",
        "cron",
        json!({ "cron_expression": "0 4 * * *", "timezone": "Asia/Shanghai" }),
    )
    .await;
    f.sql("UPDATE biz.trigger_jobs SET next_run_at = date_trunc('day', now()) - interval '10 days' + interval '20 hours'")
        .await;
    let w = f.start(registry()).await;
    eventually("the newest slot has run", async || f.states("daily").await.contains(&"succeeded".to_owned()))
        .await;
    w.stop().await;
    let runs = f.runs("daily").await;
    assert_eq!(runs.len(), 2, "{runs:?}");
    let skipped = runs.iter().find(|r| r.state == "skipped").unwrap().stats.clone().unwrap();
    assert!(skipped["count"].as_u64().unwrap() >= 8, "{skipped}");
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_jobs WHERE next_run_at > now()").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_of_one_transaction_are_one_run_with_all_of_them() {
    let f = Fixture::new().await;
    f.job("listen", "tell", "event", json!({ "event_name": "e" })).await;
    let (a, b) = (f.start(registry()).await, f.start(registry()).await);
    sqlx::query(
        "INSERT INTO biz.trigger_events (event_name, site_id) SELECT 'e', 1 FROM generate_series(1, 1000)",
    )
    .execute(f.dbs.etl_writer())
    .await
    .unwrap();
    eventually("it has run", async || f.states("listen").await == ["succeeded"]).await;
    tokio::join!(a.stop(), b.stop());
    let run = f.runs("listen").await.remove(0);
    assert_eq!((run.event_count, run.site_id), (1000, Some(1)));
    assert_eq!(run.stats.unwrap()["events"].as_array().unwrap().len(), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_during_a_run_make_exactly_one_follow_up() {
    let f = Fixture::new().await;
    f.job("listen", "wait", "event", json!({ "event_name": "e", "debounce_ms": 0 })).await;
    let (a, b) = (f.start(registry()).await, f.start(registry()).await);
    f.event("e", Some(1), json!({})).await;
    eventually("it runs", async || f.states("listen").await == ["running"]).await;
    for n in 0..5 {
        f.event("e", Some(1), json!({ "n": n })).await;
    }
    eventually("all are dispatched", async || {
        f.count("SELECT count(*) FROM biz.trigger_events WHERE dispatched_at IS NULL").await == 0
    })
    .await;
    assert_eq!(f.states("listen").await, ["running", "queued"], "the follow-up waits for its sibling");
    f.event("go", None, json!({})).await;
    eventually("both have run", async || f.states("listen").await == ["succeeded", "succeeded"]).await;
    tokio::join!(a.stop(), b.stop());
    let runs = f.runs("listen").await;
    assert_eq!(runs[1].stats.clone().unwrap()["events"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_long_transaction_commits_late_is_seen() {
    let f = Fixture::new().await;
    f.job("listen", "tell", "event", json!({ "event_name": "e", "debounce_ms": 0 })).await;
    let w = f.start(registry()).await;
    let mut slow = f.dbs.etl_writer().begin().await.unwrap();
    sqlx::query("INSERT INTO biz.trigger_events (event_name, site_id) VALUES ('e', 1)")
        .execute(&mut *slow)
        .await
        .unwrap();
    // Later ids, later times, committed earlier.
    f.event("e", Some(1), json!({})).await;
    eventually("the later one has run", async || f.states("listen").await == ["succeeded"]).await;
    slow.commit().await.unwrap();
    eventually("the earlier one too", async || f.states("listen").await == ["succeeded", "succeeded"]).await;
    w.stop().await;
    let seen: Vec<_> =
        f.runs("listen").await.iter().map(|r| r.stats.clone().unwrap()["events"][0].as_i64()).collect();
    assert!(seen[0] > seen[1], "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_for_all_sites_and_events_of_their_own() {
    let f = Fixture::new().await;
    f.sql(
        "INSERT INTO biz.sites (site_id, site_code, name, status) VALUES (3, 'CLOSED', 'closed', 'inactive')",
    )
    .await;
    f.job("per_site", "tell", "event", json!({ "event_name": "e" })).await;
    f.job("global", "tell_all", "event", json!({ "event_name": "e" })).await;
    f.job("each", "tell_each", "event", json!({ "event_name": "e" })).await;
    f.event("e", None, json!({})).await;
    f.event("e", Some(2), json!({})).await;
    let w = f.start(registry()).await;
    eventually("all have run", async || {
        f.count("SELECT count(*) FROM biz.trigger_runs WHERE state = 'succeeded'").await == 6
    })
    .await;
    w.stop().await;
    let count =
        |runs: &[crate::fixture::RunRow]| runs.iter().map(|r| (r.site_id, r.event_count)).collect::<Vec<_>>();
    assert_eq!(count(&f.runs("per_site").await), [(Some(1), 1), (Some(2), 2)]);
    assert_eq!(count(&f.runs("global").await), [(None, 2)]);
    let mut each = count(&f.runs("each").await);
    each.sort_unstable();
    assert_eq!(each, [(Some(1), 1), (Some(2), 1), (Some(2), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_hears_or_whose_site_is_unknown_ends_there_and_stops_nothing() {
    let f = Fixture::new().await;
    f.sql(
        "INSERT INTO biz.sites (site_id, site_code, name, status) VALUES (3, 'CLOSED', 'closed', 'inactive')",
    )
    .await;
    f.job("listen", "tell", "event", json!({ "event_name": "e" })).await;
    f.event("nobody_listens", Some(1), json!({})).await;
    f.event("e", Some(99), json!({})).await;
    f.event("e", Some(3), json!({})).await;
    f.event("e", Some(1), json!({})).await;
    let w = f.start(registry()).await;
    eventually("the good one has run", async || f.states("listen").await == ["succeeded"]).await;
    w.stop().await;
    let rows: Vec<(String, Option<i64>, Option<String>, bool)> = sqlx::query_as(
        "SELECT event_name, site_id, error, dispatched_at IS NOT NULL FROM biz.trigger_events ORDER BY id",
    )
    .fetch_all(f.owner())
    .await
    .unwrap();
    let errors: Vec<Option<&str>> = rows.iter().map(|r| r.2.as_deref()).collect();
    assert_eq!(errors, [None, Some("site 99 is unknown"), Some("site 3 is not active"), None]);
    assert!(rows.iter().all(|r| r.3), "all are dispatched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_event_with_the_same_key_is_not_kept() {
    let f = Fixture::new().await;
    for _ in 0..2 {
        sqlx::query("INSERT INTO biz.trigger_events (event_name, site_id, dedup_key) VALUES ('e', NULL, 'k') ON CONFLICT DO NOTHING")
            .execute(f.dbs.etl_writer())
            .await
            .unwrap();
    }
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_events").await, 1);
    // The ETL's role can do nothing else.
    for refused in
        ["SELECT * FROM biz.trigger_events", "DELETE FROM biz.trigger_events", "SELECT * FROM biz.sites"]
    {
        let error = sqlx::query(refused).execute(f.dbs.etl_writer()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501", "{refused}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_starts_on_events_keep_the_debounce() {
    let f = Fixture::new().await;
    f.job("listen", "tell", "event", json!({ "event_name": "e", "debounce_ms": 700 })).await;
    let w = f.start(registry()).await;
    f.event("e", Some(1), json!({})).await;
    eventually("the first starts at once", async || f.states("listen").await == ["succeeded"]).await;
    f.event("e", Some(1), json!({})).await;
    eventually("the second has run", async || f.states("listen").await == ["succeeded", "succeeded"]).await;
    w.stop().await;
    let apart = f
        .count("SELECT extract(milliseconds FROM max(started_at) - min(started_at))::bigint FROM biz.trigger_runs")
        .await;
    assert!(apart >= 700, "{apart} ms");
}
