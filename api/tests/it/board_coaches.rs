//! BOARD-1: the whole answer, its figures from raw rows, orders, what may fail.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use reference::builders::{AssistantRow, SiteRow};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    TestDbs,
    builders::{Site, Task, User},
};

use crate::{
    app::{App, Sources},
    lived::{Lived, SITE, assert_same_shape, example, number, slow_view},
    world::{self, COACH, COLLEAGUE, MEMBER, STRANGER},
};

const BOARD: &str = "/api/xcx/board/coaches";

fn ids(data: &Value) -> Vec<i64> {
    data["list"].as_array().unwrap().iter().map(|coach| coach["assistantId"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn the_whole_answer() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    for kind in ["high_priority_recall", "follow_up_visit"] {
        let done = Task::new(hall.site, COACH, MEMBER).of_type(kind).in_status("completed");
        done.insert(&app.dbs).await.unwrap();
    }
    let reply = app.get(&app.token(hall.manager, hall.site), BOARD).await;
    let data = reply.data();
    let month = NaiveDate::parse_from_str(&today.format("%Y-%m-01").to_string(), "%Y-%m-%d").unwrap();
    assert_eq!(data["period"], json!({ "from": month, "to": today }));
    let expected: Value = serde_json::from_str(&format!(
        r#"[{{
            "assistantId": {COACH}, "name": "助教{COACH}", "level": "高级", "levelCode": "senior",
            "levelColor": "orange", "hours": 101.50, "hoursBefore": 0.00, "baseIncome": 10150.00,
            "bonusIncome": 0.00, "income": 10150.00, "gross": 10150.00, "svAmount": 250.50, "svRecharge": 0.00,
            "tasksDone": 2, "recallsDone": 1, "followUpsDone": 1,
            "topCustomers": [{{"customerId": {MEMBER}, "name": "会员{MEMBER}@{site}", "rsScore": 8.51, "heartIcon": "💖"}}]
        }}, {{
            "assistantId": {COLLEAGUE}, "name": "助教{COLLEAGUE}", "level": "高级", "levelCode": "senior",
            "levelColor": "orange", "hours": 0.00, "hoursBefore": 0.00, "baseIncome": 0.00,
            "bonusIncome": 0.00, "income": 0.00, "gross": 0.00, "svAmount": 250.50, "svRecharge": 0.00,
            "tasksDone": 0, "recallsDone": 0, "followUpsDone": 0,
            "topCustomers": [{{"customerId": {STRANGER}, "name": "会员{STRANGER}@{site}", "rsScore": 3.00, "heartIcon": "💙"}}]
        }}]"#,
        site = hall.site
    ))
    .unwrap();
    assert_eq!(data["list"], expected);
    assert_eq!(data["statDate"], json!(today));
    assert_eq!(data["relationStatDate"], json!(today));
    assert_eq!(data["degraded"], json!([]));
    // Another period's income is that of its days, and its pay is not told.
    let week = app.get(&app.token(hall.finance, hall.site), &format!("{BOARD}?time=today")).await;
    assert_eq!(week.data()["list"][0]["gross"], Value::Null);
    assert_eq!(week.data()["list"][0]["income"].to_string(), "0.00");
    assert_eq!(week.data()["statDate"], Value::Null);
}

/// Hours as the roll-up rounds them: by day and kind of course.
fn hours(seconds: i64) -> Decimal {
    (Decimal::from(seconds) / Decimal::from(3600))
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[tokio::test]
async fn figures_are_those_of_the_raw_rows() {
    for seed in [21, 22] {
        let hall = Lived::new(seed).await;
        let (from, to) = (hall.today - Days::new(40), hall.today - Days::new(9));
        let data = hall.data(&format!("{BOARD}?from={from}&to={to}&sort=perf_desc")).await;
        let previous = (from - Days::new(32), from - Days::new(1));
        assert_eq!(data["previousPeriod"], json!({ "from": previous.0, "to": previous.1 }));
        assert_eq!(data["degraded"], json!([]));

        let served = hall.served().await;
        let worked = |coach: i64, (first, last): (NaiveDate, NaiveDate)| {
            let mut by_day = BTreeMap::<(NaiveDate, &str), i64>::new();
            for s in served.iter().filter(|s| s.site_assistant_id == coach) {
                let day = hall.day(s.create_time);
                if (first..=last).contains(&day) {
                    *by_day.entry((day, &s.course_kind)).or_default() += i64::from(s.income_seconds);
                }
            }
            by_day.values().map(|seconds| hours(*seconds)).sum::<Decimal>()
        };
        let recharged = hall.recharged().await;
        let balances = hall
            .sums(
                "SELECT tenant_member_id, sum(balance) FROM dim.member_card_account
                   WHERE site_id = $1 AND card_kind = 'stored' AND scd2_is_current = 1 GROUP BY 1",
            )
            .await;
        let pairs: Vec<(i64, i64, Decimal)> = hall
            .rows("SELECT assistant_id, member_id, relation_index FROM dws.member_assistant_relation_index r
                   WHERE site_id = $1 AND stat_date = (SELECT max(stat_date) FROM dws.member_assistant_relation_index WHERE site_id = r.site_id)
                   ORDER BY relation_index DESC, member_id")
            .await;
        let there: Vec<i64> = hall
            .sums(
                "SELECT assistant_id, 1::numeric FROM dim.assistant
                   WHERE site_id = $1 AND scd2_is_current = 1 AND resign_time IS NULL",
            )
            .await
            .into_keys()
            .collect();
        let mut listed = ids(&data);
        listed.sort_unstable();
        assert_eq!(listed, there, "who has left is not listed");
        assert_eq!(listed.len(), 4);
        for coach in data["list"].as_array().unwrap() {
            let id = coach["assistantId"].as_i64().unwrap();
            assert_eq!(number(&coach["hours"]), worked(id, (from, to)));
            assert_eq!(number(&coach["hoursBefore"]), worked(id, previous));
            let sold = recharged
                .iter()
                .filter(|r| r.assistant_id == Some(id) && (from..=to).contains(&hall.day(r.create_time)));
            assert_eq!(number(&coach["svRecharge"]), sold.map(|r| r.pay_amount).sum());
            let members: Vec<_> = pairs.iter().filter(|pair| pair.0 == id).map(|pair| pair.1).collect();
            assert_eq!(
                number(&coach["svAmount"]),
                members.iter().filter_map(|m| balances.get(m)).sum::<Decimal>()
            );
            let top = coach["topCustomers"].as_array().unwrap();
            assert_eq!(
                top.iter().map(|c| c["customerId"].as_i64().unwrap()).collect::<Vec<_>>(),
                members.iter().take(3).copied().collect::<Vec<_>>()
            );
            assert_eq!(
                number(&coach["income"]),
                number(&coach["baseIncome"]) + number(&coach["bonusIncome"])
            );
            assert!(coach["gross"].is_null());
        }
        // A whole month: the row of its newest day, as the pay calculation closed it.
        let month = hall.data(&format!("{BOARD}?time=lastMonth")).await;
        let gross = hall
            .sums("SELECT assistant_id, gross_salary FROM dws.assistant_salary_calc c
                   WHERE site_id = $1 AND salary_month = (SELECT max(salary_month) FROM dws.assistant_salary_calc WHERE site_id = c.site_id)")
            .await;
        for coach in month["list"].as_array().unwrap() {
            let id = coach["assistantId"].as_i64().unwrap();
            assert_eq!(number(&coach["gross"]), gross.get(&id).copied().unwrap_or_default());
        }
        assert_same_shape(&example(BOARD)["data"], &month, "data");
    }
}

#[tokio::test]
async fn orders_and_skills() {
    let hall = Lived::new(23).await;
    let figure = |coach: &Value, word: &str| match word {
        "perf" => number(&coach["hours"]),
        "salary" => number(&coach["gross"]),
        "sv" => number(&coach["svAmount"]),
        _ => number(&coach["tasksDone"]),
    };
    for order in
        ["perf_desc", "perf_asc", "salary_desc", "salary_asc", "sv_desc", "sv_asc", "task_desc", "task_asc"]
    {
        let data = hall.data(&format!("{BOARD}?time=lastMonth&sort={order}")).await;
        let (word, direction) = order.split_once('_').unwrap();
        let list = data["list"].as_array().unwrap();
        for pair in list.windows(2) {
            let (a, b) = (figure(&pair[0], word), figure(&pair[1], word));
            let tie = a == b && pair[0]["assistantId"].as_i64() < pair[1]["assistantId"].as_i64();
            assert!(tie || a != b && (a > b) == (direction == "desc"), "{order}: {a} before {b}");
        }
    }
    let skilled: Vec<(i64, Vec<String>)> = hall
        .rows(
            "SELECT assistant_id, skill_codes FROM dim.assistant
               WHERE site_id = $1 AND scd2_is_current = 1 AND resign_time IS NULL",
        )
        .await;
    for skill in ["chinese8", "nineball", "snooker", "mahjong"] {
        let found: BTreeSet<i64> =
            ids(&hall.data(&format!("{BOARD}?skill={skill}")).await).into_iter().collect();
        let expected: BTreeSet<i64> =
            skilled.iter().filter(|s| s.1.iter().any(|code| code == skill)).map(|s| s.0).collect();
        assert_eq!(found, expected, "{skill}");
    }
    // A skill of the hall that nobody has is an empty board; one that is not there is refused.
    hall.app
        .dbs
        .etl_owner()
        .execute(sqlx::AssertSqlSafe(format!("INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order, is_active) VALUES ({SITE}, 'darts', '飞镖', 9, true)")))
        .await
        .unwrap();
    assert!(ids(&hall.data(&format!("{BOARD}?skill=darts")).await).is_empty());
    let unknown = hall.app.get(&hall.token, &format!("{BOARD}?skill=chess")).await;
    assert_eq!((unknown.refusal(), unknown.fields()), ((422, 42201), vec!["skill"]));
    assert!(unknown.text.contains("snooker"), "{}", unknown.text);
}

#[tokio::test]
async fn what_makes_no_period_is_refused_by_name() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.manager, hall.site);
    for board in [BOARD, "/api/xcx/board/finance"] {
        for (query, fields) in [
            ("time=lastHalf", vec!["time"]),
            ("time=month&time=week", vec!["time"]),
            ("time=month&from=2026-01-01&to=2026-01-31", vec!["time"]),
            ("from=2026-01-01", vec!["to"]),
            ("to=2026-01-01", vec!["from"]),
            ("from=2026-02-01&to=2026-01-31", vec!["to"]),
            ("from=2010-01-01&to=2026-01-31", vec!["to"]),
            ("from=1999-12-31&to=2000-01-31", vec!["from"]),
            ("from=2026-02-30&to=2026-03-01", vec!["from", "from"]),
            ("asof=2026-02-01", vec!["asof"]),
        ] {
            let reply = app.get(&token, &format!("{board}?{query}")).await;
            assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{board}?{query}");
        }
        // The future has no figures yet, and is no mistake.
        let (_, today) = world::now(&app.dbs).await;
        let (from, to) = (today + Days::new(40), today + Days::new(70));
        let future = app.get(&token, &format!("{board}?from={from}&to={to}")).await;
        assert_eq!((&future.data()["statDate"], &future.data()["degraded"]), (&Value::Null, &json!([])));
    }
    for (query, field) in [("sort=best", "sort"), ("skill=", "skill")] {
        let reply = app.get(&token, &format!("{BOARD}?{query}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{query}");
    }
}

#[tokio::test]
async fn an_empty_hall_has_an_empty_board_and_a_new_coach_zeros() {
    let app = App::new().await;
    let site = Site::default().insert(&app.dbs).await.unwrap();
    let token = app.token(User::manager(site).insert(&app.dbs).await.unwrap(), site);
    SiteRow::new(site).insert(app.dbs.etl_owner()).await.unwrap();
    let empty = app.get(&token, BOARD).await;
    assert_eq!((&empty.data()["list"], &empty.data()["degraded"]), (&json!([]), &json!([])));
    AssistantRow::new(site, 77).insert(app.dbs.etl_owner()).await.unwrap();
    let reply = app.get(&token, BOARD).await;
    let coach = &reply.data()["list"][0];
    for field in ["hours", "hoursBefore", "income", "gross", "svAmount", "svRecharge"] {
        assert_eq!(coach[field].to_string(), "0.00", "{field}");
    }
    assert_eq!((&coach["tasksDone"], &coach["topCustomers"]), (&json!(0), &json!([])));
}

/// Part, the view it reads, and the fields of a coach that go with it.
const PARTS: [(&[&str], &str, &[&str]); 5] = [
    (
        &["performance"],
        "v_dws_assistant_daily_salary",
        &["hours", "income", "baseIncome", "bonusIncome", "gross"],
    ),
    (&["hoursBefore"], "v_dws_assistant_daily_detail", &["hoursBefore"]),
    (&["svAmount", "topCustomers"], "v_dws_member_assistant_relation_index", &["svAmount"]),
    (&["svRecharge"], "v_dws_assistant_recharge_commission", &["svRecharge"]),
    (&["topCustomers"], "v_dws_assistant_customer_stats", &[]),
];

#[tokio::test]
async fn parts_fail_alone_and_the_coaches_are_the_core() {
    let app =
        App::with(TestDbs::new().await.unwrap(), Sources::Both, &[("API__MODULE_TIMEOUT_MS", "1500")]).await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let token = app.token(hall.manager, hall.site);
    let run = async |sql: String| app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    // A month up to a day that is not its last is compared with days, not with a month.
    let whole = (today + Days::new(1)).format("%d").to_string() == "01";
    for slow in [false, true] {
        for (parts, view, fields) in PARTS.iter().filter(|part| !whole || !part.1.contains("daily")) {
            run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
            if slow {
                run(slow_view(view)).await;
                run(format!("GRANT SELECT ON app.{view} TO zqyy_etl_reader")).await;
            }
            let reply = app.get(&token, BOARD).await;
            let data = reply.data();
            assert_eq!(data["degraded"], json!(parts), "{view}, slow: {slow}");
            let coach = &data["list"][0];
            for field in [
                "hours",
                "hoursBefore",
                "income",
                "baseIncome",
                "bonusIncome",
                "gross",
                "svAmount",
                "svRecharge",
            ] {
                assert_eq!(coach[field].is_null(), fields.contains(&field), "{view}: {field}");
            }
            assert_eq!(coach["topCustomers"] == json!([]), parts.contains(&"topCustomers"), "{view}");
            // Balances and closest members are of one snapshot: whichever is there says its date.
            let paired = !parts.contains(&"svAmount");
            assert_eq!(data["relationStatDate"] == json!(today), paired, "{view}");
            if slow {
                run(format!("DROP VIEW app.{view}")).await;
            }
            run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
        }
    }
    app.dbs.owner().execute("ALTER TABLE biz.coach_tasks RENAME TO gone").await.unwrap();
    let reply = app.get(&token, BOARD).await;
    assert_eq!(reply.data()["degraded"], json!(["tasksDone"]));
    assert!(reply.data()["list"][0]["tasksDone"].is_null());
    run("ALTER VIEW app.v_dim_assistant RENAME TO gone".into()).await;
    let reply = app.get(&token, BOARD).await;
    assert_eq!(reply.refusal(), (503, 50302));
    assert!(!reply.text.contains("v_dim"), "{}", reply.text);
}

#[tokio::test]
async fn without_a_warehouse_two_boards_are_503_and_finance_is_empty() {
    for sources in [Sources::NoWarehouse, Sources::WarehouseDown] {
        let app =
            App::with(TestDbs::new().await.unwrap(), sources, &[("API__MODULE_TIMEOUT_MS", "300")]).await;
        let hall = world::hall(&app).await;
        let token = app.token(hall.manager, hall.site);
        for board in [BOARD, "/api/xcx/board/customers"] {
            assert_eq!(app.get(&token, board).await.refusal(), (503, 50302), "{board}");
        }
        let finance = app.get(&token, "/api/xcx/board/finance?compare=true").await;
        let data = finance.data();
        assert_eq!(
            data["degraded"],
            json!([
                "overview",
                "recharge",
                "revenue",
                "discounts",
                "cashInflow",
                "cashOutflow",
                "coachAnalysis"
            ])
        );
        for part in ["overview", "recharge", "revenue", "coachAnalysis", "statDate"] {
            assert!(data[part].is_null(), "{part}");
        }
        for part in ["discounts", "cashInflow", "cashOutflow"] {
            assert_eq!(data[part], json!([]), "{part}");
        }
    }
}
