//! How the scheduler is doing, as an operator sees it.
use serde_json::json;

use crate::{app::App, ops_jobs::operator, world};

#[tokio::test]
async fn the_queue_is_counted_by_state_age_rate_site_and_worker() {
    let app = App::new().await;
    let token = operator(&app).await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let empty = app.get(&token, "/api/ops/queue").await;
    assert_eq!((&empty.data()["sitesTotal"], &empty.data()["workers"]), (&json!(0), &json!([])));
    for (site, state, count, age) in [
        (Some(one.site), "queued", 3, 90),
        (Some(one.site), "failed", 2, -600),
        (Some(other.site), "queued", 1, 300),
        (Some(other.site), "running", 1, 0),
        (Some(other.site), "dead", 2, 0),
        (None, "succeeded", 10, 0),
    ] {
        sqlx::query(
            "INSERT INTO biz.trigger_runs (job_id, site_id, trigger, state, not_before, lease_until, finished_at, worker)
             SELECT j.id, $1, 'manual', $2, now() - $4 * interval '1 second',
                    CASE WHEN $2 = 'running' THEN now() + interval '1 minute' END,
                    CASE WHEN $2 IN ('dead', 'succeeded') THEN now() - interval '3 minutes' END, 'worker-1'
             FROM biz.trigger_jobs j, generate_series(1, $3) WHERE j.job_name = 'recall_sweep'",
        )
        .bind(site)
        .bind(state)
        .bind(count)
        .bind(age)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    }
    sqlx::raw_sql(
        "INSERT INTO biz.trigger_workers (name, job_types, updated_at) VALUES
             ('worker-1', '{recall_sweep,queue_prune}', now()), ('worker-0', '{queue_prune}', now() - interval '2 minutes');
         INSERT INTO biz.trigger_events (event_name, created_at) VALUES ('x', now() - interval '200 s');
         INSERT INTO biz.trigger_events (event_name, dispatched_at) VALUES ('x', now() - interval '10 s'), ('x', now());
         UPDATE biz.trigger_jobs SET next_run_at = now() - interval '45 s' WHERE job_name = 'queue_prune'",
    )
    .execute(app.dbs.owner())
    .await
    .unwrap();
    let reply = app.get(&token, "/api/ops/queue").await;
    let depth = &reply.data()["depth"];
    for (field, figure) in
        [("eligible", 4), ("delayed", 2), ("running", 1), ("dead", 2), ("eventsWaiting", 1)]
    {
        assert_eq!(depth[field], figure, "{field}");
    }
    for (field, least) in [("oldestSeconds", 300.0), ("eventsOldestSeconds", 200.0), ("overdueSeconds", 45.0)]
    {
        let seconds = depth[field].as_f64().unwrap();
        assert!((least..least + 60.0).contains(&seconds), "{field}: {seconds}");
    }
    let rates = reply.data()["rates"].as_array().unwrap();
    let minutes: Vec<_> = rates.iter().map(|rate| rate["minutes"].as_i64().unwrap()).collect();
    assert_eq!(minutes, [1, 5, 15, 60]);
    assert_eq!((&rates[0]["succeeded"], &rates[0]["eventsPerMinute"]), (&json!(0), &json!(2.0)));
    assert_eq!(
        (&rates[1]["succeeded"], &rates[1]["dead"], &rates[1]["runsPerMinute"]),
        (&json!(10), &json!(2), &json!(2.4))
    );
    let sites = reply.data()["sites"].as_array().unwrap();
    let of: Vec<_> = sites
        .iter()
        .map(|s| {
            (
                s["siteId"].as_i64(),
                s["eligible"].as_i64(),
                s["delayed"].as_i64(),
                s["running"].as_i64(),
                s["dead"].as_i64(),
            )
        })
        .collect();
    assert_eq!(
        of,
        [
            (Some(other.site), Some(1), Some(0), Some(1), Some(2)),
            (Some(one.site), Some(3), Some(2), Some(0), Some(0)),
        ],
        "the longest wait first"
    );
    assert_eq!(reply.data()["sitesTotal"], 2);
    let workers = reply.data()["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 1, "the other has been silent for two minutes");
    assert_eq!(
        (&workers[0]["jobTypes"], &workers[0]["running"]),
        (&json!(["queue_prune", "recall_sweep"]), &json!(1))
    );
}
