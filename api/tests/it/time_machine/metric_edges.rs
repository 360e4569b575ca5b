//! Metrics at their edges: days that are not whole, rows that came late, and what cannot be asked.
use std::collections::BTreeSet;

use chrono::Days;
use domain::metrics::Metric;
use reference::builders::SettlementRow;
use rust_decimal::Decimal;

use super::{
    end_of, late_on,
    metrics::{Hall, listed},
};
use crate::lived::{SITE, number};

/// A day that has not been rolled up is not compared with a whole one.
#[tokio::test]
async fn a_grade_is_of_days_that_are_whole() {
    let hall = Hall::new(15).await;
    let today = hall.lived.today;
    hall.live_on(today).await;
    let shown = hall.shown(&(Metric::SiteGrade, None), None).await;
    assert_eq!(shown["statDate"], (today - Days::new(1)).to_string(), "{shown}");
    let rows = listed(&hall, "/api/xcx/replay/explain?metric=siteGrade&pageSize=100").await;
    for (figure, last) in [("income", 1), ("incomeBefore", 29)] {
        let own = rows.iter().filter(|row| row["figure"] == figure);
        let days: BTreeSet<_> = own.map(|row| row["date"].as_str().unwrap().to_owned()).collect();
        assert_eq!(days.len(), 28, "{figure}: {days:?}");
        assert_eq!(days.last(), Some(&(today - Days::new(last)).to_string()), "{figure}");
    }
}

/// A row that came late is not in the frozen snapshot: it is named, and what it adds is the difference.
#[tokio::test]
async fn a_row_that_came_late_is_named_and_is_the_difference() {
    let hall = Hall::new(13).await;
    let (date, member) = (hall.lived.today - Days::new(5), hall.members[0]);
    let etl = hall.lived.app.dbs.etl_owner();
    SettlementRow::new(SITE, 8_000_001, member, Decimal::new(12_345, 2), late_on(date))
        .insert(etl)
        .await
        .unwrap();
    sqlx::query("UPDATE dwd.settlement SET loaded_at = $2 WHERE site_id = $1 AND order_settle_id = 8000001")
        .bind(SITE)
        .bind(end_of(date))
        .execute(etl)
        .await
        .unwrap();
    for metric in ["totalConsume", "consumption60d"] {
        let path = format!("/api/xcx/replay/explain?metric={metric}&id={member}&asOf={date}&pageSize=100");
        let answer = hall.get(&path).await;
        assert_eq!(answer["runtime"]["revised"], true, "{path}");
        assert_eq!(number(&answer["data"]["figures"][0]["difference"]), Decimal::new(-12_345, 2), "{path}");
        let rows = answer["data"]["list"].as_array().unwrap();
        let late: Vec<_> = rows.iter().filter(|row| row["late"] == true).map(|row| &row["key"]).collect();
        assert_eq!(late, ["8000001"], "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_named() {
    let hall = Hall::new(14).await;
    let (member, coach, today) = (hall.members[0], hall.coaches[0], hall.lived.today);
    let tomorrow = today + Days::new(1);
    for (path, field) in [
        ("metrics/gmv".to_owned(), "name"),
        ("metrics/storedBalance".to_owned(), "id"),
        ("metrics/storedBalance?id=1:2".to_owned(), "id"),
        (format!("metrics/relationIndex?id={member}"), "id"),
        (format!("metrics/cumulativeGmv?id={member}"), "id"),
        ("replay/explain?metric=gmv".to_owned(), "metric"),
        ("replay/explain".to_owned(), "metric"),
        ("replay/compare".to_owned(), "metrics"),
        ("replay/compare?metrics=".to_owned(), "metrics"),
        ("replay/compare?metrics=siteGrade,".to_owned(), "metrics"),
        ("replay/compare?metrics=siteGrade,siteGrade".to_owned(), "metrics"),
        (format!("replay/compare?metrics=siteGrade&id={coach}"), "id"),
        (format!("replay/compare?metrics=monthHours,storedBalance&id={coach}"), "metrics"),
        (format!("replay/compare?metrics=siteGrade&to={tomorrow}"), "to"),
        (format!("replay/compare?metrics=siteGrade&from={tomorrow}"), "from"),
        (format!("replay/compare?metrics=siteGrade&from={today}&to={}", today - Days::new(1)), "to"),
        ("replay/compare?metrics=siteGrade&from=2001-01-01".to_owned(), "from"),
    ] {
        let reply = hall.lived.app.get(&hall.lived.token, &format!("/api/xcx/{path}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{path}: {}", reply.text);
    }
    for path in [
        "metrics/storedBalance?id=999999999",
        "metrics/monthHours?id=999999999",
        "replay/explain?metric=relationIndex&id=999999999:999999998",
        "replay/compare?metrics=storedBalance&id=999999999",
    ] {
        let reply = hall.lived.app.get(&hall.lived.token, &format!("/api/xcx/{path}")).await;
        assert_eq!(reply.refusal(), (404, 40402), "{path}: {}", reply.text);
    }
    // The hall's figures stand beside somebody's.
    let path = format!("/api/xcx/replay/compare?metrics=siteGrade,monthHours,taskCompletionRate&id={coach}");
    let data = hall.get(&path).await["data"].clone();
    assert_eq!(data["metrics"].as_array().unwrap().len(), 3);
    assert_eq!(data["id"], coach.to_string());
    assert_eq!(data["from"]["date"], (today - Days::new(7)).to_string());
}
