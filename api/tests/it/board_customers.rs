//! BOARD-2: every dimension in its order, the coaches of each member, what may fail.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use domain::Calendar;
use reference::builders::{RelationRow, SiteRow};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    TestDbs,
    builders::{Site, Task, User},
};

use crate::{
    app::{App, Sources},
    lived::{Lived, assert_same_shape, example, number, slow_view},
    world::{self, COACH, COLLEAGUE, MEMBER, STRANGER},
};

const BOARD: &str = "/api/xcx/board/customers";

/// Dimension, the field of its figure, the view of its core.
const DIMENSIONS: [(&str, &str, &str); 8] = [
    ("recall", "wbi", "v_dws_member_winback_index"),
    ("potential", "spi", "v_dws_member_spending_power_index"),
    ("balance", "balance", "v_dim_member_card_account"),
    ("recharge", "recharge60d", "v_dwd_recharge_order"),
    ("recent", "lastVisitDate", "v_dws_member_consumption_summary"),
    ("spend60", "consumption60d", "v_dws_member_consumption_summary"),
    ("freq60", "visitCount60d", "v_dws_member_consumption_summary"),
    ("loyal", "maxRs", "v_dws_member_assistant_relation_index"),
];

fn figure(customer: &Value, field: &str) -> Decimal {
    match &customer[field] {
        Value::String(date) => {
            let date: NaiveDate = date.parse().unwrap();
            (date - NaiveDate::default()).num_days().into()
        }
        number_of => number(number_of),
    }
}

#[tokio::test]
async fn the_whole_answer() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let reply =
        app.get(&app.token(hall.finance, hall.site), &format!("{BOARD}?dimension=loyal&pageSize=1")).await;
    let expected: Value = serde_json::from_str(&format!(
        r#"{{
            "list": [{{
                "customerId": {MEMBER}, "name": "会员{MEMBER}@{site}", "phone": "139****5678", "wbi": null, "spi": null,
                "balance": 250.50, "recharge60d": null, "lastVisitDate": "{last}", "lastVisitDays": 12,
                "consumption60d": 100.00, "visitCount60d": 1, "weeklyVisits": null, "idealInterval": null, "maxRs": 8.51,
                "assistants": [{{
                    "assistantId": {COACH}, "name": "助教{COACH}", "level": "高级", "levelColor": "orange",
                    "rsScore": 8.51, "relationIndex": 0.8510, "heartIcon": "💖", "hasActiveTask": false
                }}]
            }}],
            "total": 2, "page": 1, "pageSize": 1, "hasMore": true, "statDate": "{today}", "visitStatDate": "{today}",
            "rhythmStatDate": null, "relationStatDate": "{today}", "degraded": []
        }}"#,
        site = hall.site,
        last = today - Days::new(12),
    ))
    .unwrap();
    assert_eq!(reply.data(), &expected);
}

#[tokio::test]
async fn every_dimension_runs_down_and_its_pages_cover_it_once() {
    let hall = Lived::new(31).await;
    let settled = hall.settled().await;
    for (dimension, field, _) in DIMENSIONS {
        let whole = hall.data(&format!("{BOARD}?dimension={dimension}&pageSize=100")).await;
        let list = whole["list"].as_array().unwrap();
        assert_eq!(whole["total"], json!(list.len()), "{dimension}");
        assert!(list.len() > 10, "{dimension}: {}", list.len());
        assert_eq!(whole["degraded"], json!([]), "{dimension}");
        for pair in list.windows(2) {
            let (a, b) = (figure(&pair[0], field), figure(&pair[1], field));
            let tie = a == b && pair[0]["customerId"].as_i64() < pair[1]["customerId"].as_i64();
            assert!(a > b || tie, "{dimension}: {a} before {b}");
        }
        let mut paged = Vec::new();
        for page in 1.. {
            let data = hall.data(&format!("{BOARD}?dimension={dimension}&page={page}&pageSize=7")).await;
            paged.extend(data["list"].as_array().unwrap().clone());
            if data["hasMore"] == false {
                break;
            }
        }
        assert_eq!(&paged, list, "{dimension}");
        let beyond = hall.data(&format!("{BOARD}?dimension={dimension}&page=4000000")).await;
        assert_eq!((&beyond["list"], &beyond["total"]), (&json!([]), &whole["total"]), "{dimension}");
        for customer in list {
            assert_eq!(customer["weeklyVisits"].is_array(), dimension == "freq60");
            let phone = customer["phone"].as_str().unwrap();
            assert!(phone.contains("****"), "{phone}");
            let coaches = customer["assistants"].as_array().unwrap();
            for pair in coaches.windows(2) {
                assert!(number(&pair[0]["relationIndex"]) >= number(&pair[1]["relationIndex"]));
            }
        }
        assert_same_shape(&example(BOARD)["data"], &whole, "data");
    }

    // The figures of visits, once more from the till.
    let from = hall.today - Days::new(1 + 59);
    let monday = Calendar::week_of(hall.today) - Days::new(49);
    let mut visits = BTreeMap::<i64, BTreeSet<NaiveDate>>::new();
    let mut spent = BTreeMap::<i64, Decimal>::new();
    for s in &settled {
        let (Some(member), day) = (s.member_id.filter(|m| *m != 0), hall.day(s.create_time)) else {
            continue;
        };
        visits.entry(member).or_default().insert(day);
        if day >= from {
            *spent.entry(member).or_default() += s.ledger_amount;
        }
    }
    let list = hall.data(&format!("{BOARD}?dimension=freq60&pageSize=100")).await["list"].clone();
    for customer in list.as_array().unwrap() {
        let member = customer["customerId"].as_i64().unwrap();
        let dates = &visits[&member];
        assert_eq!(customer["visitCount60d"], json!(dates.range(from..).count()));
        assert_eq!(number(&customer["consumption60d"]), spent[&member]);
        assert_eq!(customer["lastVisitDate"], json!(dates.last()));
        let days = (hall.today - *dates.last().unwrap()).num_days();
        assert_eq!(customer["lastVisitDays"], json!(days), "days run to today, not to the snapshot");
        let mut weeks = [0; 8];
        for date in dates.range(monday..) {
            weeks[usize::try_from((Calendar::week_of(*date) - monday).num_days() / 7).unwrap()] += 1;
        }
        assert_eq!(customer["weeklyVisits"], json!(weeks));
    }
}

#[tokio::test]
async fn coaches_at_work_come_first_with_or_without_a_relation() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let etl = app.dbs.etl_owner();
    // Closer to the member, and nobody asked them to do anything.
    RelationRow::new(hall.site, today, 13, MEMBER).rs("9.00").insert(etl).await.unwrap();
    for (coach, member) in [(COACH, MEMBER), (COLLEAGUE, MEMBER), (14, MEMBER), (13, STRANGER)] {
        Task::new(hall.site, coach, member).insert(&app.dbs).await.unwrap();
    }
    Task::new(hall.site, 13, MEMBER).in_status("abandoned").insert(&app.dbs).await.unwrap();
    // A deleted member: known to the relations alone.
    RelationRow::new(hall.site, today, COACH, 5005).rs("1.00").insert(etl).await.unwrap();
    let token = app.token(hall.manager, hall.site);
    let reply = app.get(&token, &format!("{BOARD}?dimension=loyal")).await;
    let list = &reply.data()["list"];
    let coaches = |at: usize| -> Vec<(i64, bool)> {
        let of = |coach: &Value| (coach["assistantId"].as_i64().unwrap(), coach["hasActiveTask"] == true);
        list[at]["assistants"].as_array().unwrap().iter().map(of).collect()
    };
    assert_eq!(list[0]["customerId"], MEMBER);
    assert_eq!(coaches(0), [(COACH, true), (COLLEAGUE, true), (14, true), (13, false)]);
    let unrelated = &list[0]["assistants"][1];
    assert_eq!(
        (&unrelated["name"], &unrelated["rsScore"]),
        (&json!(format!("助教{COLLEAGUE}")), &Value::Null)
    );
    assert_eq!(list[0]["assistants"][2]["name"], Value::Null, "a coach that nobody knows");
    assert_eq!(list[0]["maxRs"].to_string(), "9.00");
    assert_eq!(coaches(1), [(13, true), (COLLEAGUE, false)]);
    let deleted = &list[2];
    assert_eq!(deleted["customerId"], 5005);
    for field in
        ["name", "phone", "balance", "lastVisitDate", "lastVisitDays", "consumption60d", "idealInterval"]
    {
        assert!(deleted[field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn an_empty_hall_ranks_nobody_and_a_bad_question_is_refused() {
    let app = App::new().await;
    let site = Site::default().insert(&app.dbs).await.unwrap();
    let token = app.token(User::manager(site).insert(&app.dbs).await.unwrap(), site);
    SiteRow::new(site).insert(app.dbs.etl_owner()).await.unwrap();
    for (dimension, ..) in DIMENSIONS {
        let reply = app.get(&token, &format!("{BOARD}?dimension={dimension}")).await;
        let data = reply.data();
        assert_eq!(
            (&data["list"], &data["total"], &data["degraded"]),
            (&json!([]), &json!(0), &json!([])),
            "{dimension}"
        );
        assert_eq!((&data["statDate"], &data["hasMore"]), (&Value::Null, &json!(false)), "{dimension}");
    }
    for (query, field) in [
        ("dimension=rich", "dimension"),
        ("page=0", "page"),
        ("pageSize=101", "pageSize"),
        ("time=month", "time"),
    ] {
        let reply = app.get(&token, &format!("{BOARD}?{query}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{query}");
    }
}

#[tokio::test]
async fn parts_fail_alone_and_the_ranking_is_the_core() {
    let app =
        App::with(TestDbs::new().await.unwrap(), Sources::Both, &[("API__MODULE_TIMEOUT_MS", "1500")]).await;
    let hall = world::hall(&app).await;
    Task::new(hall.site, COACH, MEMBER).insert(&app.dbs).await.unwrap();
    let token = app.token(hall.manager, hall.site);
    let run = async |sql: String| app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    let parts: [(&str, &str, &str, &[&str]); 6] = [
        ("name", "v_dim_member", "loyal", &["name", "phone"]),
        ("balance", "v_dim_member_card_account", "loyal", &["balance"]),
        (
            "visits",
            "v_dws_member_consumption_summary",
            "loyal",
            &["lastVisitDate", "lastVisitDays", "consumption60d", "visitCount60d"],
        ),
        ("rhythm", "v_dws_member_winback_index", "loyal", &[]),
        ("weeklyVisits", "v_dws_member_visit_detail", "freq60", &["weeklyVisits"]),
        ("assistants", "v_dim_assistant", "loyal", &[]),
    ];
    for slow in [false, true] {
        for (part, view, dimension, fields) in parts {
            run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
            if slow {
                run(slow_view(view)).await;
                run(format!("GRANT SELECT ON app.{view} TO zqyy_etl_reader")).await;
            }
            let reply = app.get(&token, &format!("{BOARD}?dimension={dimension}")).await;
            let data = reply.data();
            assert_eq!(data["degraded"], json!([part]), "slow: {slow}");
            let customer = &data["list"][0];
            for field in [
                "name",
                "phone",
                "balance",
                "lastVisitDate",
                "lastVisitDays",
                "consumption60d",
                "visitCount60d",
            ] {
                assert_eq!(customer[field].is_null(), fields.contains(&field), "{part}: {field}");
            }
            if dimension == "freq60" {
                assert!(customer["weeklyVisits"].is_null());
            }
            assert_eq!(customer["assistants"] == json!([]), part == "assistants", "{part}");
            if slow {
                run(format!("DROP VIEW app.{view}")).await;
            }
            run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
        }
    }
    app.dbs.owner().execute("ALTER TABLE biz.coach_tasks RENAME TO gone").await.unwrap();
    let reply = app.get(&token, &format!("{BOARD}?dimension=loyal")).await;
    assert_eq!(reply.data()["degraded"], json!(["activeTasks"]));
    assert_eq!(reply.data()["list"][0]["assistants"][0]["hasActiveTask"], json!(false));
    for (dimension, _, view) in DIMENSIONS {
        run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
        let reply = app.get(&token, &format!("{BOARD}?dimension={dimension}")).await;
        assert_eq!(reply.refusal(), (503, 50302), "{dimension}");
        run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
    }
}
