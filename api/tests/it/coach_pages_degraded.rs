//! Parts of a coach's pages fail alone: a missing view, a slow one, no warehouse.
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::Executor as _;

use crate::{
    app::{App, Reply, Sources},
    coach_month,
    world::{COACH, Hall, MEMBER},
};

const PERFORMANCE: &str = "/api/xcx/performance";
const RECORDS: &str = "/api/xcx/performance/records";
/// Of [`COACH`].
pub const PAGE: &str = "/api/xcx/coaches/11";

/// A page, a source, the parts that go with it, and the fields that are then empty.
pub struct Loss {
    pub page: &'static str,
    pub source: &'static str,
    pub parts: &'static [&'static str],
    pub fields: &'static [&'static str],
}

const fn loss(
    page: &'static str,
    source: &'static str,
    parts: &'static [&'static str],
    fields: &'static [&'static str],
) -> Loss {
    Loss { page, source, parts, fields }
}

/// Every view of the warehouse behind a part.
pub const VIEWS: &[Loss] = &[
    loss(PERFORMANCE, "v_dim_assistant", &["coach"], &["assistantName", "level", "levelCode"]),
    loss(
        PERFORMANCE,
        "v_dws_assistant_daily_salary",
        &["pay"],
        &["hours", "tierName", "nextTier", "thisMonth", "lastMonth", "statDate"],
    ),
    loss(PERFORMANCE, "v_cfg_performance_tier", &["tierNodes"], &["tierName", "tierNodes", "nextTier"]),
    loss(
        PERFORMANCE,
        "v_dwd_assistant_service_log",
        &["days", "customers"],
        &["days", "newCustomers", "regularCustomers", "customersStatDate"],
    ),
    loss(
        PERFORMANCE,
        "v_dws_assistant_customer_stats",
        &["customers"],
        &["newCustomers", "regularCustomers", "customersStatDate"],
    ),
    loss(
        PERFORMANCE,
        "v_dim_member",
        &["customers"],
        &["newCustomers", "regularCustomers", "customersStatDate"],
    ),
    loss(RECORDS, "v_dim_assistant", &["coach"], &["assistantName"]),
    loss(RECORDS, "v_dwd_assistant_service_log", &["records"], &["summary", "list", "total"]),
    loss(
        PAGE,
        "v_dws_assistant_daily_salary",
        &["performance", "income", "historyMonths"],
        &[
            "performance.monthlyHours",
            "performance.monthlySalary",
            "performance.perfCurrent",
            "performance.perfTarget",
            "income.thisMonth",
            "income.lastMonth",
            "historyMonths",
            "statDate",
        ],
    ),
    loss(PAGE, "v_cfg_skill_type", &["skills"], &["skills"]),
    loss(PAGE, "v_cfg_performance_tier", &["tierNodes"], &["tierNodes", "performance.perfTarget"]),
    loss(
        PAGE,
        "v_dim_member_card_account",
        &["customerBalance", "topCustomers"],
        &["performance.customerBalance", "topCustomers", "relationStatDate", "consumeStatDate"],
    ),
    loss(
        PAGE,
        "v_dws_member_assistant_relation_index",
        &["customerBalance", "topCustomers"],
        &["performance.customerBalance", "topCustomers", "relationStatDate", "consumeStatDate"],
    ),
    loss(PAGE, "v_dws_assistant_customer_stats", &["topCustomers"], &["topCustomers", "consumeStatDate"]),
    loss(
        PAGE,
        "v_dwd_assistant_service_log",
        &["serviceRecords", "historyMonths"],
        &["serviceRecords", "historyMonths"],
    ),
    loss(
        PAGE,
        "v_dim_member",
        &["topCustomers", "serviceRecords", "customerName"],
        &["topCustomers", "consumeStatDate", "serviceRecords", "visibleTasks.0.customerName"],
    ),
];

/// Tables of the business database behind a part of [`PAGE`].
const TABLES: &[Loss] = &[
    loss(
        PAGE,
        "coach_tasks",
        &["tasks", "tasksCompleted", "historyMonths"],
        &[
            "visibleTasks.0.id",
            "visibleTasks.0.customerName",
            "visibleTasks.0.notes",
            "taskCounts",
            "performance.tasksCompleted",
            "historyMonths",
        ],
    ),
    loss(PAGE, "notes", &["taskNotes", "notes"], &["visibleTasks.0.notes", "notes"]),
];

/// Every field that some loss empties.
fn watched(page: &str) -> Vec<&'static str> {
    VIEWS.iter().chain(TABLES).filter(|l| l.page == page).flat_map(|l| l.fields).copied().collect()
}

fn at<'a>(data: &'a Value, field: &str) -> &'a Value {
    data.pointer(&format!("/{}", field.replace('.', "/"))).unwrap_or(&Value::Null)
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// The parts named, the fields empty, and everything else as on the whole page.
pub fn only_lost(whole: &Value, data: &Value, loss: &Loss) -> Result<(), String> {
    if data["degraded"] != json!(loss.parts) {
        return Err(format!("{} without {}: {}", loss.page, loss.source, data["degraded"]));
    }
    for field in watched(loss.page) {
        let lost = loss.fields.contains(&field);
        let right = if lost { is_empty(at(data, field)) } else { at(data, field) == at(whole, field) };
        if !right {
            return Err(format!("{} without {}: {field} = {}", loss.page, loss.source, at(data, field)));
        }
    }
    Ok(())
}

/// A hall in which every watched field has a value.
pub async fn furnished(app: &App) -> Hall {
    let hall = coach_month::hall(app).await;
    let task = crate::world::task(app, hall).await;
    sqlx::query(
        "INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order) VALUES ($1, 'snooker', '斯诺克', 1)",
    )
    .bind(hall.site)
    .execute(app.dbs.etl_owner())
    .await
    .unwrap();
    sqlx::query(
        "UPDATE dim.assistant SET skill_codes = '{snooker}' WHERE site_id = $1 AND assistant_id = $2",
    )
    .bind(hall.site)
    .bind(COACH)
    .execute(app.dbs.etl_owner())
    .await
    .unwrap();
    let mut note = testing::builders::Note::on_member(hall.site, hall.coach, COACH, MEMBER);
    note.task_id = Some(task);
    note.insert(&app.dbs).await.unwrap();
    sqlx::query(
        "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content)
         VALUES ($1, $2, 'coach', $3, 'normal', '很好')",
    )
    .bind(hall.site)
    .bind(hall.manager)
    .bind(COACH)
    .execute(app.dbs.owner())
    .await
    .unwrap();
    hall
}

pub async fn ask(app: &App, hall: Hall, page: &str) -> Reply {
    app.get(&app.token(hall.coach, hall.site), page).await
}

/// The whole page, with a value in every watched field.
pub async fn whole(app: &App, hall: Hall, page: &str) -> Value {
    let data = ask(app, hall, page).await.data().clone();
    assert_eq!(data["degraded"], json!([]), "{page}");
    for field in watched(page) {
        assert!(!is_empty(at(&data, field)), "{page}: {field} has no value to lose");
    }
    data
}

/// Takes a view away, or puts it back.
pub async fn rename(app: &App, from: &str, to: &str) {
    let sql = sqlx::AssertSqlSafe(format!("ALTER VIEW app.{from} RENAME TO {to}"));
    app.dbs.etl_owner().execute(sql).await.unwrap();
}

#[tokio::test]
async fn a_missing_view_costs_its_parts_alone() {
    let app = coach_month::app().await;
    let hall = furnished(&app).await;
    for loss in VIEWS {
        let whole = whole(&app, hall, loss.page).await;
        rename(&app, loss.source, "gone").await;
        let reply = ask(&app, hall, loss.page).await;
        only_lost(&whole, reply.data(), loss).unwrap();
        assert!(!reply.text.contains("v_d"), "{}", reply.text);
        rename(&app, "gone", loss.source).await;
    }
}

#[tokio::test]
async fn a_missing_table_costs_its_parts_alone() {
    let app = coach_month::app().await;
    let hall = furnished(&app).await;
    let whole = whole(&app, hall, PAGE).await;
    for loss in TABLES {
        let run = async |sql: String| app.dbs.owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        run(format!("ALTER TABLE biz.{} RENAME TO gone", loss.source)).await;
        only_lost(&whole, ask(&app, hall, loss.page).await.data(), loss).unwrap();
        run(format!("ALTER TABLE biz.gone RENAME TO {}", loss.source)).await;
    }
}

#[tokio::test]
async fn a_slow_view_is_cut_off_and_costs_its_parts_alone() {
    let app = coach_month::app_with(Sources::Both, &[("API__MODULE_TIMEOUT_MS", "700")]).await;
    let hall = furnished(&app).await;
    for loss in VIEWS {
        let whole = whole(&app, hall, loss.page).await;
        let run = async |sql: String| app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        rename(&app, loss.source, "quick").await;
        run(format!(
            "CREATE VIEW app.{} AS SELECT quick.* FROM app.quick, (SELECT pg_sleep(20)) AS slow",
            loss.source
        ))
        .await;
        run(format!("GRANT SELECT ON app.{} TO zqyy_etl_reader", loss.source)).await;
        let began = Instant::now();
        let reply = ask(&app, hall, loss.page).await;
        assert!(began.elapsed() < Duration::from_secs(15), "{} took {:?}", loss.source, began.elapsed());
        only_lost(&whole, reply.data(), loss).unwrap();
        run(format!("DROP VIEW app.{}", loss.source)).await;
        rename(&app, "quick", loss.source).await;
    }
}

#[tokio::test]
async fn the_coach_is_the_core_of_the_page() {
    let app = coach_month::app().await;
    let hall = furnished(&app).await;
    rename(&app, "v_dim_assistant", "gone").await;
    let reply = ask(&app, hall, PAGE).await;
    assert_eq!(reply.refusal(), (503, 50302));
    assert!(!reply.text.contains("v_dim"), "{}", reply.text);
}

#[tokio::test]
async fn without_a_warehouse_performance_is_empty_and_the_page_is_away() {
    for sources in [Sources::NoWarehouse, Sources::WarehouseDown] {
        let app = coach_month::app_with(sources, &[("API__MODULE_TIMEOUT_MS", "300")]).await;
        let hall = furnished(&app).await;
        let reply = ask(&app, hall, PERFORMANCE).await;
        let data = reply.data();
        assert_eq!(data["degraded"], json!(["coach", "pay", "tierNodes", "days", "customers"]));
        for field in watched(PERFORMANCE) {
            assert!(is_empty(at(data, field)), "{field}");
        }
        assert_eq!(
            (&data["year"], &data["month"], &data["levelColor"]),
            (&json!(2031), &json!(3), &json!("grey"))
        );
        let reply = ask(&app, hall, RECORDS).await;
        assert_eq!(reply.data()["degraded"], json!(["coach", "records"]));
        assert_eq!((&reply.data()["total"], &reply.data()["hasMore"]), (&Value::Null, &json!(false)));
        assert_eq!(ask(&app, hall, PAGE).await.refusal(), (503, 50302));
    }
}
