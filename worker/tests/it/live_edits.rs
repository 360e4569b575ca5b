//! What operators change counts at once; what they get wrong stops nothing else.
use domain::schedule::{Coalesce, Scope};
use serde_json::json;
use worker::{JobContext, JobError, Outcome, Registry};

use crate::fixture::{Fixture, eventually};

async fn done(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Outcome::succeeded(())
}

fn registry() -> Registry {
    Registry::default().register_job("done", Scope::Global, Coalesce::Site, |cx| Box::pin(done(cx)))
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_editing_and_disabling_take_effect_without_a_restart() {
    let f = Fixture::new().await;
    f.job("job", "done", "interval", json!({ "interval_seconds": 3600 })).await;
    let w = f.start(registry()).await;
    eventually("the first slot is an hour away", async || {
        f.count("SELECT count(*) FROM biz.trigger_jobs WHERE next_run_at > now() + interval '59 minutes'")
            .await
            == 1
    })
    .await;
    assert_eq!(f.states("job").await.len(), 0, "nothing was missed");

    f.sql("UPDATE biz.trigger_jobs SET trigger_config = '{\"interval_seconds\": 1}' WHERE job_name = 'job'")
        .await;
    eventually("it runs every second", async || f.states("job").await.len() >= 2).await;

    f.sql("UPDATE biz.trigger_jobs SET status = 'disabled' WHERE job_name = 'job'").await;
    assert_eq!(f.count("SELECT count(*) FROM biz.trigger_jobs WHERE next_run_at IS NOT NULL").await, 0);
    // Another job's slots show that the dispatcher has looked since.
    f.job("other", "done", "interval", json!({ "interval_seconds": 1 })).await;
    let before = f.states("job").await.len();
    eventually("the other has run", async || f.states("other").await.len() >= 3).await;
    assert!(f.states("job").await.len() <= before + 1, "disabled");

    f.sql("UPDATE biz.trigger_jobs SET status = 'enabled' WHERE job_name = 'job'").await;
    eventually("it runs again", async || f.states("job").await.len() > before + 1).await;
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_schedule_is_said_and_the_others_run_until_it_is_mended() {
    let f = Fixture::new().await;
    f.job("bad", "done", "cron", json!({ "cron_expression": "61 4 * * *" })).await;
    f.job("lost", "done", "event", json!({ "event_name": "e", "max": 7 })).await;
    f.job("good", "done", "interval", json!({ "interval_seconds": 1 })).await;
    let w = f.start(registry()).await;
    f.event("e", None, json!({})).await;
    eventually("the good one runs", async || f.states("good").await.len() >= 2).await;
    eventually("the event was looked at", async || {
        f.count("SELECT count(*) FROM biz.trigger_events WHERE error LIKE '%lost%unreadable%'").await == 1
    })
    .await;
    let error = f.last_error("bad").await.unwrap();
    assert!(error.starts_with("trigger_config: cron_expression: \"61 4 * * *\""), "{error}");
    assert!(f.last_error("lost").await.unwrap().starts_with("trigger_config: max: "));

    f.sql("UPDATE biz.trigger_jobs SET trigger_condition = 'interval', trigger_config = '{\"interval_seconds\": 1}'
           WHERE job_name = 'bad'")
        .await;
    eventually("mended, it runs", async || !f.states("bad").await.is_empty()).await;
    assert_eq!(f.last_error("bad").await, None);
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_shape_is_refused_by_the_table() {
    let f = Fixture::new().await;
    for (condition, config) in [
        ("cron", json!({})),
        ("cron", json!({ "cron_expression": 4 })),
        ("cron", json!({ "cron_expression": "0 4 * * *", "timezone": 8 })),
        ("interval", json!({ "interval_seconds": 0 })),
        ("interval", json!({ "interval_seconds": "60" })),
        ("event", json!({ "event_name": " " })),
        ("event", json!([])),
        ("event", json!({ "event_name": "e", "misfire": "maybe" })),
        ("event", json!({ "event_name": "e", "max_attempts": 0 })),
        ("event", json!({ "event_name": "e", "scope": null })),
        ("webhook", json!({})),
    ] {
        let refused = sqlx::query(
            "INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config) VALUES ('j', 'done', $1, $2)",
        )
        .bind(condition)
        .bind(&config)
        .execute(f.owner())
        .await;
        let error = refused.expect_err(&format!("{condition} {config}"));
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "23514", "{condition} {config}");
    }
}
