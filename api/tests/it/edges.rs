//! Every page at its edges: a hall that has nothing, pages and months where nothing is, a member who is gone, a contract of
//! which half is missing, views that are away or slow.
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reference::builders::{CardRow, RelationRow};
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    TestDbs,
    builders::{Site, Task, User},
};

use crate::{
    app::{App, Sources},
    coach_month::{self, DELETED},
    coach_pages_degraded as coaches, customers,
    lived::slow_view,
    world::{COACH, Hall, MEMBER},
};

/// Who asks: the coach, where the page is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Coach,
    Manager,
}
use By::{Coach, Manager};

/// Views without which a page is not there. Everything else it can do without.
const CORE: &[(&str, &[&str])] = &[
    ("/api/xcx/customers?", &["v_dim_member"]),
    ("/api/xcx/customers/", &["v_dim_member"]),
    ("/api/xcx/coaches/", &["v_dim_assistant"]),
    ("/api/xcx/config/", &["v_cfg_skill_type"]),
    ("/api/xcx/board/coaches", &["v_dim_assistant"]),
    ("dimension=recall", &["v_dws_member_winback_index"]),
    ("dimension=potential", &["v_dws_member_spending_power_index"]),
    ("dimension=balance", &["v_dim_member_card_account"]),
    ("dimension=recharge", &["v_dwd_recharge_order"]),
    ("dimension=recent", &["v_dws_member_consumption_summary"]),
    ("dimension=spend60", &["v_dws_member_consumption_summary"]),
    ("dimension=freq60", &["v_dws_member_consumption_summary"]),
    ("dimension=loyal", &["v_dws_member_assistant_relation_index"]),
    // One statement: whose customers these are is part of who is found.
    ("/api/xcx/customers?", &["v_dws_member_assistant_relation_index"]),
];

fn is_core(path: &str, view: &str) -> bool {
    CORE.iter().any(|(part, views)| path.contains(part) && views.contains(&view))
}

/// Every page of the mini-program that reads the warehouse.
fn pages(task: i64) -> Vec<(By, String)> {
    let mut pages: Vec<(By, String)> = [
        (Coach, "/api/xcx/tasks"),
        (Manager, "/api/xcx/tasks"),
        (Coach, "/api/xcx/performance"),
        (Coach, "/api/xcx/performance/records"),
        (Coach, "/api/xcx/customers?q=%E4%BC%9A%E5%91%98"),
        (Coach, "/api/xcx/config/skill-types"),
        (Manager, "/api/xcx/board/coaches"),
        (Manager, "/api/xcx/board/coaches?time=lastWeek"),
        (Manager, "/api/xcx/board/finance?compare=true"),
    ]
    .map(|(by, path)| (by, path.to_owned()))
    .into();
    pages.push((Coach, format!("/api/xcx/tasks/{task}")));
    pages.push((Coach, format!("/api/xcx/customers/{MEMBER}")));
    pages.push((Coach, format!("/api/xcx/customers/{MEMBER}/records")));
    pages.push((Manager, format!("/api/xcx/coaches/{COACH}")));
    for by in ["recall", "potential", "balance", "recharge", "recent", "spend60", "freq60", "loyal"] {
        pages.push((Manager, format!("/api/xcx/board/customers?dimension={by}")));
    }
    pages
}

/// Where to ask, and as whom.
struct Stage {
    app: App,
    hall: Hall,
    pages: Vec<(By, String)>,
}

impl Stage {
    /// A hall with something on every page.
    async fn furnished(timeout: &str) -> Self {
        let keys = [("API__MODULE_TIMEOUT_MS", timeout), ("LIMITS__SEARCHES_PER_USER", "10000/1")];
        let app = coach_month::app_with(Sources::Both, &keys).await;
        let hall = coaches::furnished(&app).await;
        let task = customers::furnished(&app, hall).await;
        // A day of the month to date: the takings of no day are not asked for.
        sqlx::query(
            "INSERT INTO dws.finance_daily_summary (site_id, stat_date, gross_amount, discount_amount, confirmed_income, cash_in,
                 cash_out, recharge_in, card_consumed) VALUES ($1, '2031-03-19', 900, 90, 810, 810, 100, 0, 0)",
        )
        .bind(hall.site)
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
        Self { app, hall, pages: pages(task) }
    }

    async fn ask(&self, by: By, path: &str) -> crate::app::Reply {
        let user = if by == Coach { self.hall.coach } else { self.hall.manager };
        self.app.get(&self.app.token(user, self.hall.site), path).await
    }

    async fn run(&self, sql: String) {
        self.app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }

    async fn views(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT viewname::text FROM pg_views WHERE schemaname = 'app' ORDER BY 1")
            .fetch_all(self.app.dbs.etl_owner())
            .await
            .unwrap()
    }

    /// 200 with what there is, or 503 where the core is away; never anything else, and not a word of SQL.
    async fn answered(&self, by: By, path: &str, core_is_away: bool) -> Value {
        let reply = self.ask(by, path).await;
        assert!(!reply.text.contains("v_d") && !reply.text.contains("v_cfg"), "{path}: {}", reply.text);
        if core_is_away {
            assert_eq!(reply.refusal(), (503, 50302), "{path}: {}", reply.text);
            return Value::Null;
        }
        reply.data().clone()
    }
}

fn degraded(data: &Value) -> Vec<&str> {
    data["degraded"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn every_view_away_or_slow_costs_its_parts_alone_on_every_page() {
    let stage = Stage::furnished("500").await;
    let mut whole = BTreeMap::new();
    for (by, path) in &stage.pages {
        let data = stage.answered(*by, path, false).await;
        assert!(degraded(&data).is_empty(), "{path}: {data}");
        whole.insert((*by == Coach, path), data);
    }
    let mut losses = 0;
    for view in stage.views().await {
        stage.run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
        let mut touched = Vec::new();
        for (by, path) in &stage.pages {
            let core = is_core(path, &view);
            let data = stage.answered(*by, path, core).await;
            let lost: Vec<String> = degraded(&data).into_iter().map(str::to_owned).collect();
            if lost.is_empty() && !core {
                assert_eq!(data, whole[&(*by == Coach, path)], "{path} without {view}");
            } else {
                touched.push((*by, path, core, lost));
            }
        }
        losses += touched.len();
        stage.run(slow_view(&view)).await;
        stage.run(format!("GRANT SELECT ON app.{view} TO zqyy_etl_reader")).await;
        for (by, path, core, lost) in touched {
            let began = Instant::now();
            let data = stage.answered(by, path, core).await;
            assert_eq!(degraded(&data), lost, "{path} with a slow {view}");
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "{path} waited for {view}: {:?}",
                began.elapsed()
            );
        }
        stage.run(format!("DROP VIEW app.{view}")).await;
        stage.run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
    }
    assert!(losses > 60, "{losses} pages lost something");
}

#[tokio::test]
async fn half_a_contract_is_half_a_page_and_no_error() {
    let stage = Stage::furnished("5000").await;
    let views = stage.views().await;
    for half in [0, 1] {
        let away: Vec<&String> = views.iter().skip(half).step_by(2).collect();
        for view in &away {
            stage.run(format!("ALTER VIEW app.{view} RENAME TO gone_{view}")).await;
        }
        let mut whole = 0;
        for (by, path) in &stage.pages {
            let core = away.iter().any(|view| is_core(path, view));
            let data = stage.answered(*by, path, core).await;
            whole += usize::from(!core && degraded(&data).is_empty());
        }
        assert!(whole < stage.pages.len() / 2, "half {half}: {whole} pages miss nothing");
        for view in &away {
            stage.run(format!("ALTER VIEW app.gone_{view} RENAME TO {view}")).await;
        }
    }
}

#[tokio::test]
async fn without_a_warehouse_every_page_says_so_or_goes_without() {
    for sources in [Sources::NoWarehouse, Sources::WarehouseDown] {
        let app = coach_month::app_with(sources, &[("API__MODULE_TIMEOUT_MS", "300")]).await;
        let hall = coaches::furnished(&app).await;
        let task = customers::furnished(&app, hall).await;
        let stage = Stage { app, hall, pages: pages(task) };
        for (by, path) in &stage.pages {
            let core = CORE.iter().any(|(part, _)| path.contains(part));
            let data = stage.answered(*by, path, core).await;
            assert_eq!(degraded(&data).is_empty(), core, "{path}: {data}");
        }
    }
}

/// Not even the hall itself is in the warehouse.
#[tokio::test]
async fn an_empty_hall_has_empty_pages() {
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &[]).await;
    let site = Site::default().insert(&app.dbs).await.unwrap();
    let coach = User::coach(site, COACH).insert(&app.dbs).await.unwrap();
    let manager = User::manager(site).insert(&app.dbs).await.unwrap();
    for (by, path) in pages(1) {
        let reply = app.get(&app.token(if by == Coach { coach } else { manager }, site), &path).await;
        // Nobody and nothing is there under an id.
        if path.ends_with(|last: char| last.is_ascii_digit()) && !path.contains('?')
            || path.ends_with("/records") && path.contains("customers")
        {
            assert_eq!(reply.refusal(), (404, 40402), "{path}: {}", reply.text);
            continue;
        }
        let data = reply.data();
        assert!(degraded(data).is_empty(), "{path}: {data}");
        if !data["list"].is_null() {
            assert_eq!(data["list"], json!([]), "{path}");
        }
        // Never NaN, never infinity: a number or nothing.
        assert!(!reply.text.contains("NaN") && !reply.text.contains("nfinity"), "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn beyond_the_last_page_and_in_a_month_to_come_there_is_nothing() {
    let stage = Stage::furnished("5000").await;
    for (by, path) in &stage.pages {
        let first = stage.answered(*by, path, false).await;
        let joined = |more: &str| format!("{path}{}{more}", if path.contains('?') { '&' } else { '?' });
        if !first["hasMore"].is_null() {
            for page in ["page=1000000", "page=4294967295&pageSize=100"] {
                let beyond = stage.answered(*by, &joined(page), false).await;
                let rows = if first["list"].is_null() { "records" } else { "list" };
                assert_eq!(beyond[rows], json!([]), "{path}");
                assert_eq!(
                    (&beyond["total"], &beyond["hasMore"]),
                    (&first["total"], &json!(false)),
                    "{path}"
                );
            }
        }
        if path.ends_with("performance") || path.ends_with("records") {
            let month = stage.answered(*by, &joined("year=2199&month=12"), false).await;
            assert!(degraded(&month).is_empty(), "{path}");
            for rows in ["list", "records", "days", "newCustomers", "regularCustomers"] {
                assert!(month[rows].is_null() || month[rows] == json!([]), "{path}: {rows} of 2199");
            }
            assert!(month["total"].is_null() || month["total"] == json!(0), "{path}");
        }
    }
}

/// Whoever has no version any more still has tasks, services and a card.
#[tokio::test]
async fn a_deleted_member_has_no_page_and_no_name_and_breaks_nothing() {
    let stage = Stage::furnished("5000").await;
    let (app, hall) = (&stage.app, stage.hall);
    let etl = app.dbs.etl_owner();
    let task = Task::new(hall.site, COACH, DELETED).insert(&app.dbs).await.unwrap();
    coach_month::paired(app, hall.site, COACH, DELETED, "9.99").await;
    CardRow::new(hall.site, DELETED, 700.into()).insert(etl).await.unwrap();
    RelationRow::new(hall.site, "2031-03-19".parse().unwrap(), COACH, DELETED).insert(etl).await.unwrap();
    for (by, path) in stage.pages.iter().chain([&(Coach, format!("/api/xcx/tasks/{task}"))]) {
        let data = stage.answered(*by, path, false).await;
        assert!(degraded(&data).is_empty(), "{path}: {data}");
    }
    for path in [format!("/api/xcx/customers/{DELETED}"), format!("/api/xcx/customers/{DELETED}/records")] {
        assert_eq!(stage.ask(Coach, &path).await.refusal(), (404, 40402), "{path}");
    }
    let page = stage.answered(Manager, &format!("/api/xcx/coaches/{COACH}"), false).await;
    let closest = &page["topCustomers"][0];
    assert_eq!((&closest["customerId"], &closest["name"]), (&json!(DELETED), &Value::Null));
    let shown = stage.answered(Coach, &format!("/api/xcx/tasks/{task}"), false).await;
    assert_eq!((&shown["task"]["memberName"], &shown["task"]["memberPhone"]), (&Value::Null, &Value::Null));
    let board = stage.answered(Manager, "/api/xcx/board/customers?dimension=balance", false).await;
    assert_eq!((&board["list"][0]["customerId"], &board["list"][0]["name"]), (&json!(DELETED), &Value::Null));
}
