//! Jobs in an operator's hands.
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testing::builders::User;

use crate::{
    app::{App, Reply},
    world,
};

const JOBS: &str = "/api/ops/jobs";

/// An administrator's token.
pub async fn operator(app: &App) -> String {
    let admin = User { roles: vec![(None, "admin".into())], ..User::default() };
    app.siteless_token(admin.insert(&app.dbs).await.unwrap())
}

/// The job of that name, as it is shown.
pub async fn job(app: &App, token: &str, name: &str) -> Value {
    let jobs = app.get(token, JOBS).await;
    let jobs = jobs.data().as_array().unwrap().clone();
    jobs.into_iter().find(|job| job["jobName"] == name).unwrap_or_else(|| panic!("no job {name}"))
}

async fn edit(app: &App, token: &str, job: &Value, condition: &str, config: Value) -> Reply {
    let body = json!({
        "triggerCondition": condition, "triggerConfig": config, "description": job["description"],
        "basedOn": job["updatedAt"],
    });
    app.send(Method::PUT, token, &format!("{JOBS}/{}", job["id"]), |request| request.json(&body)).await
}

async fn act(app: &App, token: &str, job: &Value, verb: &str) -> Reply {
    app.send(Method::POST, token, &format!("{JOBS}/{}/{verb}", job["id"]), |request| request).await
}

/// (action, its detail), oldest first, without sign-ins.
pub async fn told(app: &App) -> Vec<(String, Value)> {
    sqlx::query_as("SELECT action, detail FROM biz.audit_log ORDER BY id")
        .fetch_all(app.dbs.owner())
        .await
        .unwrap()
}

#[tokio::test]
async fn an_edit_counts_at_once_and_is_told_with_before_and_after() {
    let app = App::new().await;
    let token = operator(&app).await;
    sqlx::query("UPDATE biz.trigger_jobs SET next_run_at = now() + interval '1 hour', last_error = 'old'")
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let before = job(&app, &token, "task_generator").await;
    assert!(before["nextRunAt"].is_string());
    let config = json!({ "cron_expression": "30 5 * * 1-5", "timezone": "Asia/Tokyo", "max_attempts": 3 });
    let reply = edit(&app, &token, &before, "cron", config.clone()).await;
    let after = reply.data();
    assert_eq!((&after["triggerConfig"], &after["triggerCondition"]), (&config, &json!("cron")));
    assert!(after["nextRunAt"].is_null() && after["lastError"].is_null(), "computed anew: {after}");
    assert_ne!(after["updatedAt"], before["updatedAt"]);
    let lines = told(&app).await;
    let (action, detail) = &lines[0];
    assert_eq!((action.as_str(), lines.len()), ("job.edited", 1));
    assert_eq!(detail["before"]["triggerConfig"]["cron_expression"], "0 4 * * *");
    assert_eq!((&detail["after"]["triggerConfig"], &detail["job"]), (&config, &json!("task_generator")));
    // The same again changes nothing and tells nothing.
    edit(&app, &token, &after.clone(), "cron", config).await.data();
    assert_eq!(told(&app).await.len(), 1);
    // Another condition, and back to nothing but what it needs.
    let reply =
        edit(&app, &token, &after.clone(), "event", json!({ "event_name": "etl_data_updated" })).await;
    assert_eq!(reply.data()["triggerCondition"], "event");
}

#[tokio::test]
async fn every_wrong_field_of_a_configuration_is_named_and_nothing_is_written() {
    let app = App::new().await;
    let token = operator(&app).await;
    let job = job(&app, &token, "task_generator").await;
    let path = |key: &str| format!("triggerConfig.{key}");
    for (condition, config, fields) in [
        (
            "cron",
            json!({ "cron_expression": "61 4 * * *", "timezone": "Asia/Shanghai", "max_atempts": 3,
                    "misfire": "never", "timeout_seconds": 0, "scope": "sites", "debounce_ms": -1, "max": 5 }),
            vec![
                "cron_expression",
                "debounce_ms",
                "max",
                "max_atempts",
                "misfire",
                "scope",
                "timeout_seconds",
            ],
        ),
        ("cron", json!({ "cron_expression": "0 0 31 2 *" }), vec!["cron_expression"]),
        (
            "cron",
            json!({ "cron_expression": "* * * *", "timezone": "Mars/Olympus" }),
            vec!["cron_expression", "timezone"],
        ),
        ("cron", json!({ "cron_expression": "*/90 * * * *" }), vec!["cron_expression"]),
        ("cron", json!({}), vec!["cron_expression"]),
        (
            "interval",
            json!({ "interval_seconds": 0, "pause_after": "x" }),
            vec!["interval_seconds", "pause_after"],
        ),
        ("interval", json!({ "interval_seconds": 40_000_000 }), vec!["interval_seconds"]),
        ("interval", json!({ "interval_seconds": 1.5 }), vec!["interval_seconds"]),
        ("event", json!({ "event_name": " " }), vec!["event_name"]),
        ("event", json!({ "event_name": 7, "coalesce": "no" }), vec!["coalesce", "event_name"]),
    ] {
        let mut wanted: Vec<String> = fields.into_iter().map(path).collect();
        wanted.sort();
        let refused = edit(&app, &token, &job, condition, config.clone()).await;
        assert_eq!(
            (refused.refusal(), refused.fields()),
            ((422, 42201), wanted.iter().map(String::as_str).collect())
        );
        // A preview refuses it alike.
        let body = json!({ "triggerCondition": condition, "triggerConfig": config });
        let preview = app.post(&token, "/api/ops/jobs/preview", &body).await;
        assert_eq!(preview.json["errors"], refused.json["errors"], "{}", preview.text);
    }
    let unknown = edit(&app, &token, &job, "webhook", json!({ "interval_seconds": 5 })).await;
    assert!(unknown.fields().contains(&"triggerCondition"), "{}", unknown.text);
    assert_eq!(self::job(&app, &token, "task_generator").await, job);
    assert!(told(&app).await.is_empty());
    assert_eq!(app.get(&token, "/api/ops/jobs/999999").await.refusal(), (404, 40402));
}

#[tokio::test]
async fn of_two_who_edit_the_same_job_one_wins_and_the_other_hears_of_it() {
    let app = App::new().await;
    let token = operator(&app).await;
    let job = job(&app, &token, "recall_sweep").await;
    let replies = join_all((0..4).map(|n| {
        let config = json!({ "interval_seconds": 600 + n });
        edit(&app, &token, &job, "interval", config)
    }))
    .await;
    let mut refusals: Vec<_> = replies.iter().map(Reply::refusal).collect();
    refusals.sort_unstable();
    assert_eq!(refusals, [(200, 0), (409, 40901), (409, 40901), (409, 40901)]);
    // A switch counts as an edit too.
    let seen = self::job(&app, &token, "recall_sweep").await;
    act(&app, &token, &seen, "disable").await.data();
    let late = edit(&app, &token, &seen, "interval", json!({ "interval_seconds": 60 })).await;
    assert_eq!(late.refusal(), (409, 40901));
}

#[tokio::test]
async fn enabling_and_disabling_are_told_once_and_a_job_that_cannot_run_is_not_enabled() {
    let app = App::new().await;
    let token = operator(&app).await;
    let sweep = job(&app, &token, "recall_sweep").await;
    for _ in 0..2 {
        assert_eq!(act(&app, &token, &sweep, "disable").await.data()["status"], "disabled");
    }
    for _ in 0..2 {
        assert_eq!(act(&app, &token, &sweep, "enable").await.data()["status"], "enabled");
    }
    let actions: Vec<String> = told(&app).await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["job.disabled", "job.enabled"]);
    sqlx::query(
        "UPDATE biz.trigger_jobs SET status = 'disabled', trigger_config = '{\"cron_expression\": \"0 4 31 2 *\"}'
         WHERE job_name = 'task_generator'",
    )
    .execute(app.dbs.owner())
    .await
    .unwrap();
    let broken = job(&app, &token, "task_generator").await;
    assert_eq!(broken["problems"][0]["field"], "triggerConfig.cron_expression");
    assert_eq!(act(&app, &token, &broken, "enable").await.refusal(), (409, 40901));
    let preview = app.get(&token, &format!("{JOBS}/{}/preview", broken["id"])).await;
    assert_eq!(preview.refusal(), (409, 40901));
}

#[tokio::test]
async fn the_next_ten_slots_are_shown_of_a_stored_and_of_an_unsaved_schedule() {
    let app = App::new().await;
    let token = operator(&app).await;
    let body = json!({
        "triggerCondition": "cron",
        "triggerConfig": { "cron_expression": "0,30 2 * * *", "timezone": "America/New_York" },
    });
    let unsaved = app.post(&token, "/api/ops/jobs/preview", &body).await;
    let slots = unsaved.data()["slots"].as_array().unwrap();
    assert_eq!((slots.len(), &unsaved.data()["timezone"]), (10, &json!("America/New_York")));
    let at = |slot: &Value| slot["at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(slots.windows(2).all(|pair| at(&pair[0]) < at(&pair[1])));
    let local = slots[0]["local"].as_str().unwrap();
    assert!(local.contains(" 02:") || local.contains(" 03:00"), "as a clock in New York shows it: {local}");

    let next: chrono::DateTime<chrono::Utc> = sqlx::query_scalar(
        "UPDATE biz.trigger_jobs SET next_run_at = date_trunc('second', now()) + interval '7 minutes'
         WHERE job_name = 'recall_sweep' RETURNING next_run_at",
    )
    .fetch_one(app.dbs.owner())
    .await
    .unwrap();
    let sweep = job(&app, &token, "recall_sweep").await;
    let stored = app.get(&token, &format!("{JOBS}/{}/preview", sweep["id"])).await;
    let slots = stored.data()["slots"].as_array().unwrap();
    assert_eq!((at(&slots[0]), at(&slots[9])), (next, next + chrono::Duration::seconds(9 * 1800)));

    let event = job(&app, &token, "recall_completion_check").await;
    let waits = app.get(&token, &format!("{JOBS}/{}/preview", event["id"])).await;
    assert_eq!(
        (&waits.data()["slots"], &waits.data()["eventName"]),
        (&json!([]), &json!("etl_data_updated"))
    );
}

#[tokio::test]
async fn a_job_runs_by_hand_at_one_site_or_as_its_scope_says() {
    let app = App::new().await;
    let token = operator(&app).await;
    let (one, other) = (world::hall(&app).await, world::hall(&app).await);
    let run = async |name: &str, body: Value| {
        let job = job(&app, &token, name).await;
        app.post(&token, &format!("{JOBS}/{}/run", job["id"]), &body).await
    };
    assert_eq!(run("recall_sweep", json!({})).await.data()["runIds"].as_array().unwrap().len(), 2);
    let reply = run("recall_sweep", json!({ "siteId": one.site })).await;
    let id = reply.data()["runIds"][0].as_i64().unwrap();
    let shown = app.get(&token, &format!("/api/ops/runs/{id}")).await;
    let shown = &shown.data()["run"];
    assert_eq!(
        (&shown["siteId"], &shown["trigger"], &shown["state"], &shown["jobName"]),
        (&json!(one.site), &json!("manual"), &json!("queued"), &json!("recall_sweep"))
    );
    assert_eq!(
        run("queue_prune", json!({ "siteId": null })).await.data()["runIds"].as_array().unwrap().len(),
        1
    );
    let refused = run("queue_prune", json!({ "siteId": other.site })).await;
    assert_eq!((refused.refusal(), refused.fields()), ((422, 42201), vec!["siteId"]), "it has no sites");
    sqlx::query("UPDATE biz.sites SET status = 'inactive' WHERE site_id = $1")
        .bind(other.site)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    for site in [other.site, 999_999, -1] {
        let refused = run("recall_sweep", json!({ "siteId": site })).await;
        assert_eq!((refused.refusal(), refused.fields()), ((422, 42201), vec!["siteId"]), "{site}");
    }
    sqlx::query("UPDATE biz.sites SET status = 'inactive'").execute(app.dbs.owner()).await.unwrap();
    assert_eq!(run("recall_sweep", json!({})).await.refusal(), (409, 40901));
    let lines = told(&app).await;
    assert_eq!(lines.len(), 3);
    assert_eq!((lines[1].0.as_str(), &lines[1].1["runs"]), ("job.run", &json!([id])));
}

#[tokio::test]
async fn outside_an_operator_s_transaction_the_api_s_role_can_steer_nothing() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    sqlx::query("INSERT INTO biz.trigger_runs (job_id, site_id, trigger) SELECT min(id), $1, 'manual' FROM biz.trigger_jobs")
        .bind(hall.site)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    // At the very site of the run.
    let attempt = async |every_site: &str, sql: &'static str| {
        let mut tx = app.dbs.api().begin().await.unwrap();
        sqlx::query(
            "SELECT set_config('app.current_site_id', $1, true), set_config('app.every_site', $2, true)",
        )
        .bind(hall.site.to_string())
        .bind(every_site)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(sql).execute(&mut *tx).await.map(|done| done.rows_affected())
    };
    for sql in [
        "UPDATE biz.trigger_jobs SET status = 'disabled', updated_at = now()",
        "UPDATE biz.trigger_runs SET state = 'cancelled', finished_at = now()",
    ] {
        assert_eq!(attempt("", sql).await.unwrap(), 0, "{sql}");
        assert!(attempt("on", sql).await.unwrap() > 0, "{sql}");
    }
    let insert = "INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
                  SELECT min(job_id), min(site_id), 'manual' FROM biz.trigger_runs";
    let refused = attempt("", insert).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"));
    assert_eq!(attempt("on", insert).await.unwrap(), 1);
    // Nor may an operator take a run from its worker, or unmake one.
    for sql in [
        "UPDATE biz.trigger_runs SET epoch = epoch + 1",
        "UPDATE biz.trigger_runs SET lease_until = now()",
        "UPDATE biz.trigger_jobs SET next_run_at = now()",
        "DELETE FROM biz.trigger_runs",
        "DELETE FROM biz.trigger_events",
        "DELETE FROM biz.trigger_jobs",
    ] {
        let refused = attempt("on", sql).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("42501"), "{sql}");
    }
}
