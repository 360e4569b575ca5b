//! CUST-2: a customer's month, at its edges, by page and by table.
use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Utc};
use domain::Calendar;
use reference::builders::{RechargeRow, ServiceRow};
use serde_json::{Value, json};
use sqlx::Executor as _;

use crate::{
    app::{App, Reply},
    world::{self, COACH, Hall, MEMBER, STRANGER},
};

const PATH: &str = "/api/xcx/customers/1001/records";

async fn ask(app: &App, hall: Hall, query: &str) -> Reply {
    app.get(&app.token(hall.coach, hall.site), &format!("{PATH}?{query}")).await
}

fn ids(reply: &Reply) -> Vec<(String, i64)> {
    let rows = reply.data()["records"].as_array().unwrap();
    rows.iter().map(|r| (r["recordType"].as_str().unwrap().to_owned(), r["id"].as_i64().unwrap())).collect()
}

fn asked(month: NaiveDate) -> String {
    format!("year={}&month={}", month.year(), month.month())
}

/// First instant of a month of a Shanghai hall.
fn start(month: NaiveDate) -> DateTime<Utc> {
    Calendar::new("Asia/Shanghai", 8).unwrap().start_of(month)
}

#[tokio::test]
async fn a_month_is_its_business_days_newest_first() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let (etl, site) = (app.dbs.etl_owner(), hall.site);
    let this = Calendar::month_of(today);
    let last = Calendar::month_of(this - chrono::Days::new(1));
    let second = Duration::seconds(1);
    // Last month's last and first instants, the one before, and this month's first.
    for (id, at) in [(1, start(this) - second), (2, start(last)), (3, start(last) - second), (4, start(this))]
    {
        ServiceRow::new(site, id, COACH, MEMBER, at).insert(etl).await.unwrap();
    }
    let noon = start(last) + Duration::days(3);
    ServiceRow::new(site, 5, COACH, MEMBER, noon).seconds(5400, true).insert(etl).await.unwrap();
    ServiceRow::new(site, 6, COACH, MEMBER, noon).void().insert(etl).await.unwrap();
    ServiceRow::new(site, 7, COACH, STRANGER, noon).insert(etl).await.unwrap();
    ServiceRow::new(site + 1000, 8, COACH, MEMBER, noon).insert(etl).await.unwrap();
    let mut sold = RechargeRow::new(site, 1, MEMBER, "88.8".parse().unwrap(), noon + second);
    sold.assistant_id = Some(COACH);
    sold.insert(etl).await.unwrap();

    let reply = ask(&app, hall, &asked(last)).await;
    let course = |id| ("course".to_owned(), id);
    assert_eq!(ids(&reply), [course(1), ("recharge".to_owned(), 1), course(5), course(2)]);
    let data = reply.data();
    assert_eq!(
        (&data["total"], &data["monthCount"], &data["totalServiceCount"]),
        (&json!(4), &json!(3), &json!(5))
    );
    for part in [
        r#""monthHours":5.50"#,
        r#""hours":1.50,"hoursRaw":1.50,"income":300.00,"isEstimate":false"#,
        r#""courseType":"激励课","skillName":"中式八球""#,
        r#""courseType":null,"skillName":null,"hours":null,"hoursRaw":null,"income":88.80"#,
    ] {
        assert!(reply.text.contains(part), "{part} is missing in {}", reply.text);
    }
    assert_eq!(data["customerName"], json!(format!("会员{MEMBER}@{site}")));
    assert_eq!(data["customerPhone"], json!("139****5678"));
    assert_eq!(data["records"][1]["coachName"], json!(format!("助教{COACH}")));
    // This month, asked for and by itself, may still change.
    for query in [asked(this), String::new()] {
        let reply = ask(&app, hall, &query).await;
        assert_eq!((ids(&reply), &reply.data()["records"][0]["isEstimate"]), (vec![course(4)], &json!(true)));
    }
    // By page, and beyond the end; the sums stay those of the month.
    for (page, rows, more) in [(1, 3, true), (2, 1, false), (3, 0, false)] {
        let reply = ask(&app, hall, &format!("{}&page={page}&pageSize=3", asked(last))).await;
        let data = reply.data();
        assert_eq!((ids(&reply).len(), &data["hasMore"], &data["total"]), (rows, &json!(more), &json!(4)));
        assert_eq!(data["monthCount"], 3);
    }
    // One table, and no recharges.
    let reply = ask(&app, hall, &format!("{}&table=1", asked(last))).await;
    assert_eq!(ids(&reply), [course(1), course(5), course(2)]);
    let reply = ask(&app, hall, &format!("{}&table=2", asked(last))).await;
    assert_eq!((ids(&reply).len(), &reply.data()["monthCount"]), (0, &json!(0)));
    // A month that nobody has lived, and one before the hall.
    for month in ["year=2199&month=12", "year=2000&month=1"] {
        let reply = ask(&app, hall, month).await;
        assert_eq!((ids(&reply).len(), &reply.data()["total"]), (0, &json!(0)), "{month}");
        assert!(reply.text.contains(r#""monthHours":0.00"#), "{}", reply.text);
        assert_eq!(reply.data()["totalServiceCount"], 5);
    }
}

#[tokio::test]
async fn what_is_no_month_page_or_table_is_named() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    for (query, fields) in [
        ("year=2026", vec!["month"]),
        ("month=5", vec!["year"]),
        ("year=2026&month=13", vec!["month"]),
        ("year=1999&month=0", vec!["month", "year"]),
        ("year=x&month=1", vec!["year"]),
        ("year=2026&month=1&month=2", vec!["month"]),
        ("table=0", vec!["table"]),
        ("page=0&pageSize=101", vec!["page", "pageSize"]),
        ("tabel=1", vec!["tabel"]),
    ] {
        let reply = ask(&app, hall, query).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn records_and_the_count_of_all_times_fail_alone() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (now, _) = world::now(&app.dbs).await;
    let etl = app.dbs.etl_owner();
    ServiceRow::new(hall.site, 1, COACH, MEMBER, now).insert(etl).await.unwrap();
    let rename = |from: &str, to: &str| sqlx::AssertSqlSafe(format!("ALTER VIEW app.{from} RENAME TO {to}"));
    for (view, named, count) in [
        ("v_dwd_recharge_order", json!(["records"]), json!(1)),
        ("v_dwd_assistant_service_log", json!(["totalServiceCount", "records"]), Value::Null),
    ] {
        etl.execute(rename(view, "gone")).await.unwrap();
        let reply = ask(&app, hall, "").await;
        let data = reply.data();
        assert_eq!((&data["degraded"], &data["totalServiceCount"]), (&named, &count), "{view}");
        for (field, empty) in [
            ("records", json!([])),
            ("monthCount", Value::Null),
            ("monthHours", Value::Null),
            ("total", json!(0)),
            ("hasMore", json!(false)),
            ("customerPhone", json!("139****5678")),
        ] {
            assert_eq!(data[field], empty, "{view}: {field}");
        }
        etl.execute(rename("gone", view)).await.unwrap();
    }
}
