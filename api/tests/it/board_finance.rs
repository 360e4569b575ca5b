//! BOARD-3: the hall's money from raw rows, beside the period before, by area, and what may fail.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use reference::builders::SiteRow;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    TestDbs,
    builders::{Site, User},
};

use crate::{
    app::{App, Sources},
    lived::{Lived, assert_same_shape, example, number, slow_view},
    world,
};

const BOARD: &str = "/api/xcx/board/finance";

fn value(figure: &Value) -> Decimal {
    number(&figure["value"])
}

fn sum(list: &Value, field: &str) -> Decimal {
    list.as_array().unwrap().iter().map(|row| value(&row[field])).sum()
}

fn dates(period: &Value) -> (NaiveDate, NaiveDate) {
    let date = |end: &str| period[end].as_str().unwrap().parse().unwrap();
    (date("from"), date("to"))
}

#[tokio::test]
async fn figures_are_those_of_the_raw_rows() {
    let hall = Lived::new(41).await;
    let (settled, recharged, platforms) =
        (hall.settled().await, hall.recharged().await, hall.settled_by_platforms().await);
    for time in
        ["yesterday", "week", "lastWeek", "month", "lastMonth", "quarter", "lastQuarter", "half", "year"]
    {
        let data = hall.data(&format!("{BOARD}?time={time}")).await;
        assert_eq!((&data["degraded"], &data["unfiltered"]), (&json!([]), &json!([])), "{time}");
        assert!(data["previousPeriod"].is_null());
        let (from, to) = dates(&data["period"]);
        let within = |date: NaiveDate| (from..=to).contains(&date);
        // Snapshots end yesterday, and every day has something of each part but, perhaps, discounts.
        let newest = to.min(hall.today - chrono::Days::new(1));
        for part in ["revenue", "cashInflow", "cashOutflow", "coachAnalysis"] {
            let expected = (newest >= from).then_some(newest);
            assert_eq!(data["statDates"][part], json!(expected), "{time}: {part}");
        }
        let day: Vec<_> = settled.iter().filter(|s| within(hall.day(s.create_time))).collect();
        let o = &data["overview"];
        let gross: Decimal = day.iter().map(|s| s.ledger_amount).sum();
        let discount: Decimal = day.iter().map(|s| s.discount_amount).sum();
        assert_eq!(value(&o["gross"]), gross, "{time}");
        assert_eq!(value(&o["discount"]), discount, "{time}");
        assert_eq!(value(&o["confirmedIncome"]), gross - discount, "{time}");
        assert_eq!(o["discountRate"]["value"].is_null(), gross.is_zero(), "{time}");
        // Group-buying once: as settled where the day has any statement, else as the till booked it.
        let paid: Decimal =
            recharged.iter().filter(|r| within(hall.day(r.create_time))).map(|r| r.pay_amount).sum();
        let stated: BTreeSet<_> = platforms.iter().map(|p| p.0).filter(|d| within(*d)).collect();
        let cash: Decimal = day.iter().map(|s| s.cash_paid + s.online_paid).sum::<Decimal>()
            + paid
            + platforms.iter().filter(|p| within(p.0)).map(|p| p.1).sum::<Decimal>()
            + day
                .iter()
                .filter(|s| !stated.contains(&hall.day(s.create_time)))
                .map(|s| s.groupbuy_paid)
                .sum::<Decimal>();
        assert_eq!(value(&o["cashIn"]), cash, "{time}");
        assert_eq!(sum(&data["cashInflow"], "amount"), cash, "{time}: sources add up");
        assert_eq!(sum(&data["cashOutflow"], "amount"), value(&o["cashOut"]), "{time}: groups add up");
        assert_eq!(data["cashOutflow"].as_array().unwrap().len(), 4);
        for group in data["cashOutflow"].as_array().unwrap() {
            assert_eq!(sum(&group["items"], "amount"), value(&group["amount"]), "{time}: items add up");
        }
        assert_eq!(value(&o["cashBalance"]), cash - value(&o["cashOut"]), "{time}");
        assert_eq!(sum(&data["discounts"], "amount"), discount, "{time}");
        for part in ["areas", "items"] {
            assert_eq!(sum(&data["revenue"][part], "gross"), gross, "{time} {part}");
            assert_eq!(sum(&data["revenue"][part], "discount"), discount, "{time} {part}");
        }
        let stored = &data["recharge"]["stored"];
        assert_eq!(value(&stored["new"]), paid, "{time}");
        assert_eq!(value(&stored["first"]) + value(&stored["renew"]), paid, "{time}");
        for kind in ["base", "bonus"] {
            let course = &data["coachAnalysis"][kind];
            assert_eq!(sum(&course["levels"], "hours"), value(&course["hours"]), "{time}");
            assert_eq!(sum(&course["levels"], "income"), value(&course["income"]), "{time}");
        }
    }
}

/// Every figure of an answer with where it stands.
fn figures<'a>(at: &str, json: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    match json {
        Value::Object(fields) if fields.contains_key("changeRate") => found.push((at.to_owned(), json)),
        Value::Object(fields) => {
            for (name, field) in fields {
                figures(&format!("{at}.{name}"), field, found);
            }
        }
        Value::Array(rows) => {
            for (i, row) in rows.iter().enumerate() {
                let name = ["name", "discountType", "source", "group", "cardKind", "levelCode"]
                    .iter()
                    .find_map(|name| row[name].as_str())
                    .map_or_else(|| i.to_string(), |name| format!("{name}/{}", row["platform"]));
                figures(&format!("{at}[{name}]"), row, found);
            }
        }
        _ => {}
    }
}

/// What stands beside a figure is the figure of the period before, asked for by itself.
#[tokio::test]
async fn comparisons_are_the_answers_of_the_period_before() {
    let hall = Lived::new(42).await;
    for time in ["yesterday", "week", "month", "lastMonth", "quarter"] {
        let compared = hall.data(&format!("{BOARD}?time={time}&compare=true")).await;
        let alone = hall.data(&format!("{BOARD}?time={time}")).await;
        let (from, to) = dates(&compared["previousPeriod"]);
        let before = hall.data(&format!("{BOARD}?from={from}&to={to}")).await;
        let list = |json| {
            let mut found = Vec::new();
            figures("", json, &mut found);
            found
        };
        let of = |list: &[(String, &Value)], at: &str| {
            list.iter().find(|(name, _)| name == at).map(|(_, figure)| figure["value"].clone())
        };
        let (alone, before) = (list(&alone), list(&before));
        let compared = list(&compared);
        assert!(compared.len() > 40, "{}", compared.len());
        for (at, figure) in &compared {
            let value = figure["value"].clone();
            // A row that one of the periods lacks is nothing there.
            let zero = || if value.is_null() { Value::Null } else { serde_json::from_str("0.00").unwrap() };
            let hourly = at.ends_with("hourly");
            if let Some(expected) = of(&alone, at) {
                assert_eq!(value, expected, "{time} {at}");
            }
            let previous = of(&before, at);
            if !hourly || previous.is_some() {
                assert_eq!(figure["previous"], previous.unwrap_or_else(zero), "{time} {at}");
            }
            if value.is_null() || figure["previous"].is_null() {
                assert!(figure["change"].is_null() && figure["direction"].is_null(), "{time} {at}");
                continue;
            }
            let (value, previous) = (number(&figure["value"]), number(&figure["previous"]));
            assert_eq!(number(&figure["change"]), value - previous, "{time} {at}");
            assert_eq!(figure["changeRate"].is_null(), previous.is_zero(), "{time} {at}");
            let direction = match value.cmp(&previous) {
                std::cmp::Ordering::Less => "down",
                std::cmp::Ordering::Equal => "flat",
                std::cmp::Ordering::Greater => "up",
            };
            assert_eq!(figure["direction"], direction, "{time} {at}");
        }
        assert!(
            alone.iter().all(|(_, figure)| figure["previous"].is_null() && figure["direction"].is_null())
        );
    }
}

#[tokio::test]
async fn an_area_filters_the_structure_alone() {
    let hall = Lived::new(43).await;
    let whole = hall.data(&format!("{BOARD}?time=lastMonth&compare=true")).await;
    let area = whole["revenue"]["areas"][0].clone();
    let name = area["name"].as_str().unwrap();
    let filtered = hall.data(&format!("{BOARD}?time=lastMonth&compare=true&area={name}")).await;
    assert_eq!(filtered["revenue"]["areas"], json!([area]));
    assert_eq!(filtered["revenue"]["items"], whole["revenue"]["items"]);
    for part in ["overview", "recharge", "discounts", "cashInflow", "cashOutflow", "coachAnalysis"] {
        assert_eq!(filtered[part], whole[part], "{part}");
        assert!(filtered["unfiltered"].as_array().unwrap().contains(&json!(part)), "{part}");
    }
    assert_same_shape(&example(BOARD)["data"], &filtered, "data");
    // Nothing of it before the hall opened, and that is no mistake; an area that is not there is one.
    let early = hall.data(&format!("{BOARD}?from=2020-01-01&to=2020-01-31&area={name}")).await;
    assert_eq!(early["revenue"]["areas"], json!([]));
    let unknown = hall.app.get(&hall.token, &format!("{BOARD}?area=月球")).await;
    assert_eq!((unknown.refusal(), unknown.fields()), ((422, 42201), vec!["area"]));
    assert!(unknown.text.contains(name), "{}", unknown.text);
}

#[tokio::test]
async fn an_empty_hall_has_zeros_and_no_rates() {
    let app = App::new().await;
    let site = Site::default().insert(&app.dbs).await.unwrap();
    let token = app.token(User::manager(site).insert(&app.dbs).await.unwrap(), site);
    SiteRow::new(site).insert(app.dbs.etl_owner()).await.unwrap();
    let reply = app.get(&token, &format!("{BOARD}?compare=true")).await;
    let data = reply.data();
    for figure in ["gross", "discount", "confirmedIncome", "cashIn", "cashOut", "cashBalance"] {
        let zero = r#"{"value":0.00,"previous":0.00,"change":0.00,"changeRate":null,"direction":"flat"}"#;
        assert_eq!(data["overview"][figure], serde_json::from_str::<Value>(zero).unwrap(), "{figure}");
    }
    for rate in ["discountRate", "balanceRate"] {
        let none =
            json!({ "value": null, "previous": null, "change": null, "changeRate": null, "direction": null });
        assert_eq!(data["overview"][rate], none, "{rate}");
    }
    assert_eq!(data["recharge"]["stored"]["new"]["value"].to_string(), "0.00");
    assert!(data["recharge"]["stored"]["balance"]["value"].is_null(), "nobody knows it");
    assert_eq!(data["recharge"]["gifts"].as_array().unwrap().len(), 3);
    assert_eq!(data["revenue"], json!({ "areas": [], "items": [] }));
    assert_eq!(data["cashOutflow"].as_array().unwrap().len(), 4);
    assert!(data["coachAnalysis"]["base"]["hourly"]["value"].is_null());
    assert_eq!((&data["statDate"], &data["degraded"]), (&Value::Null, &json!([])));
    assert!(data["statDates"].as_object().unwrap().values().all(Value::is_null));
    assert_eq!(data["discounts"], json!([]));
    for (query, field) in [("compare=1", "compare"), ("area=", "area"), ("dimension=recall", "dimension")] {
        let reply = app.get(&token, &format!("{BOARD}?{query}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{query}");
    }
}

#[tokio::test]
async fn every_part_fails_alone() {
    let app =
        App::with(TestDbs::new().await.unwrap(), Sources::Both, &[("API__MODULE_TIMEOUT_MS", "1500")]).await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.finance, hall.site);
    let run = async |sql: String| app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    let parts: [(&[&str], &str); 7] = [
        (&["overview", "cashInflow"], "v_dws_finance_daily_summary"),
        (&["recharge"], "v_dws_finance_recharge_summary"),
        (&["revenue"], "v_dws_finance_income_structure"),
        (&["discounts"], "v_dws_finance_discount_detail"),
        (&["cashInflow"], "v_dws_platform_settlement"),
        (&["cashOutflow"], "v_dws_finance_expense_summary"),
        (&["coachAnalysis"], "v_dws_assistant_daily_detail"),
    ];
    for slow in [false, true] {
        for (names, view) in parts {
            run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
            if slow {
                run(slow_view(view)).await;
                run(format!("GRANT SELECT ON app.{view} TO zqyy_etl_reader")).await;
            }
            let reply = app.get(&token, BOARD).await;
            let data = reply.data();
            assert_eq!(data["degraded"], json!(names), "{view}, slow: {slow}");
            for part in ["overview", "recharge", "revenue", "coachAnalysis"] {
                assert_eq!(data[part].is_null(), names.contains(&part), "{view}: {part}");
            }
            assert_eq!(data["cashOutflow"] == json!([]), names.contains(&"cashOutflow"), "{view}");
            if slow {
                run(format!("DROP VIEW app.{view}")).await;
            }
            run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
        }
    }
}
