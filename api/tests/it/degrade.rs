//! Parts of a page fail alone.
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::TestDbs;

use crate::{
    app::{App, Reply, Sources},
    world::{self, Hall},
};

const TASKS: &str = "/api/xcx/tasks";

/// Part, the view it reads, and what of an item or the page becomes null.
const PARTS: [(&str, &str, &[&str]); 6] = [
    ("memberName", "v_dim_member", &["memberName", "memberPhone"]),
    ("rsScore", "v_dws_member_assistant_relation_index", &["rsScore"]),
    ("lastVisitDays", "v_dws_member_consumption_summary", &["lastVisitDays"]),
    ("balance", "v_dim_member_card_account", &["balance"]),
    ("performance", "v_dws_assistant_daily_salary", &[]),
    ("performance", "v_cfg_performance_tier", &[]),
];

/// Fields of an item that come from the warehouse.
const FROM_WAREHOUSE: [&str; 5] = ["memberName", "memberPhone", "rsScore", "lastVisitDays", "balance"];

async fn ask(app: &App, hall: Hall) -> Reply {
    app.get(&app.token(hall.coach, hall.site), TASKS).await
}

fn assert_only_missing(data: &Value, missing: &[&str], what: &str) {
    let item = &data["list"][0];
    for field in FROM_WAREHOUSE {
        assert_eq!(item[field].is_null(), missing.contains(&field), "{what}: {field}");
    }
}

#[tokio::test]
async fn a_missing_view_costs_its_part_alone() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    world::task(&app, hall).await;
    for (part, view, missing) in PARTS {
        let rename =
            |from: &str, to: &str| sqlx::AssertSqlSafe(format!("ALTER VIEW app.{from} RENAME TO {to}"));
        app.dbs.etl_owner().execute(rename(view, "gone")).await.unwrap();
        let reply = ask(&app, hall).await;
        let data = reply.data();
        assert_eq!(data["degraded"], json!([part]), "{view}");
        assert_only_missing(data, missing, view);
        assert_eq!(data["performance"].is_null(), part == "performance", "{view}");
        assert!(!reply.text.contains("v_d"), "{}", reply.text);
        app.dbs.etl_owner().execute(rename("gone", view)).await.unwrap();
    }
    assert_eq!(ask(&app, hall).await.data()["degraded"], json!([]));
}

#[tokio::test]
async fn a_slow_view_is_cut_off_and_costs_its_part_alone() {
    let app =
        App::with(TestDbs::new().await.unwrap(), Sources::Both, &[("API__MODULE_TIMEOUT_MS", "400")]).await;
    let hall = world::hall(&app).await;
    world::task(&app, hall).await;
    for (part, view, missing) in PARTS {
        let run = async |sql: String| app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
        run(format!(
            "CREATE VIEW app.{view} AS SELECT quick.* FROM app.quick, (SELECT pg_sleep(20)) AS slow"
        ))
        .await;
        run(format!("GRANT SELECT ON app.{view} TO zqyy_etl_reader")).await;
        let began = Instant::now();
        let reply = ask(&app, hall).await;
        assert!(began.elapsed() < Duration::from_secs(10), "{view} took {:?}", began.elapsed());
        assert_eq!(reply.data()["degraded"], json!([part]), "{view}");
        assert_only_missing(reply.data(), missing, view);
        run(format!("DROP VIEW app.{view}")).await;
        run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
    }
}

#[tokio::test]
async fn without_a_warehouse_the_tasks_are_still_there() {
    for sources in [Sources::NoWarehouse, Sources::WarehouseDown] {
        let app =
            App::with(TestDbs::new().await.unwrap(), sources, &[("API__MODULE_TIMEOUT_MS", "300")]).await;
        let hall = world::hall(&app).await;
        let task = world::task(&app, hall).await;
        let reply = ask(&app, hall).await;
        let data = reply.data();
        assert_eq!(data["list"][0]["id"], task);
        assert_eq!(
            data["degraded"],
            json!(["memberName", "rsScore", "lastVisitDays", "balance", "performance"])
        );
        assert_only_missing(data, &FROM_WAREHOUSE, "no warehouse");
        assert_eq!(data["list"][0]["heartIcon"], "💙");
        // Whoever asks next does not wait for it again.
        let began = Instant::now();
        ask(&app, hall).await.data();
        assert!(began.elapsed() < Duration::from_millis(250), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn suggestions_fail_alone_and_the_tasks_are_the_core() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    world::task(&app, hall).await;
    app.dbs.owner().execute("ALTER TABLE biz.ai_cache RENAME TO gone").await.unwrap();
    let reply = ask(&app, hall).await;
    assert_eq!(reply.data()["degraded"], json!(["aiSuggestion"]));
    assert_only_missing(reply.data(), &[], "suggestions");
    app.dbs.owner().execute("ALTER TABLE biz.coach_tasks RENAME TO also_gone").await.unwrap();
    let reply = ask(&app, hall).await;
    assert_eq!(reply.refusal(), (503, 50301));
    assert!(!reply.text.contains("coach_tasks"), "{}", reply.text);
}
