//! PERF-1 and PERF-2: whole answers, edges of the month, whose they are.
use serde_json::{Value, json};
use testing::builders::{Site, User};

use crate::{
    coach_month::{self, DELETED, ids, json as parsed},
    world::{COACH, COLLEAGUE, MEMBER, STRANGER},
};

const PERFORMANCE: &str = "/api/xcx/performance";
const RECORDS: &str = "/api/xcx/performance/records";

#[tokio::test]
async fn a_month_is_shown_whole() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    let expected = parsed(&format!(
        r#"{{
            "year": 2031, "month": 3, "assistantId": {COACH}, "assistantName": "助教{COACH}",
            "level": "高级", "levelCode": "senior", "levelColor": "orange",
            "hours": 101.50, "tierName": "T2", "tierNodes": [0.00, 100.00, 130.00],
            "nextTier": {{
                "tierName": "T3", "minHours": 130.00, "hoursToNext": 28.50, "baseRate": 90.00, "bonusRate": 180.00,
                "sprintBonus": 0.00
            }},
            "thisMonth": {{
                "month": "2031-03-01", "statDate": "2031-03-20", "estimated": true, "level": "高级",
                "baseHours": 95.00, "bonusHours": 6.50, "effectiveHours": 101.50, "baseRate": 90.00, "bonusRate": 180.00,
                "baseIncome": 8550.00, "bonusIncome": 1170.00, "rechargeCommission": 300.00, "goodsCommission": 85.50,
                "sprintBonus": 100.00, "reward": 50.00, "deduction": 20.00, "gross": 10235.50
            }},
            "lastMonth": {{
                "month": "2031-02-01", "statDate": "2031-02-28", "estimated": false, "level": "高级",
                "baseHours": 120.00, "bonusHours": 0.00, "effectiveHours": 120.00, "baseRate": 100.00, "bonusRate": 0.00,
                "baseIncome": 12000.00, "bonusIncome": 0.00, "rechargeCommission": 0.00, "goodsCommission": 0.00,
                "sprintBonus": 0.00, "reward": 0.00, "deduction": 0.00, "gross": 12000.00
            }},
            "days": [
                {{ "date": "2031-03-01", "count": 1, "hours": 2.00, "income": 200.00 }},
                {{ "date": "2031-03-05", "count": 2, "hours": 2.00, "income": 350.00 }},
                {{ "date": "2031-03-20", "count": 2, "hours": 2.00, "income": 200.00 }}
            ],
            "newCustomers": [
                {{
                    "customerId": {STRANGER}, "name": "会员{STRANGER}@{site}", "serviceCount": 1, "hours": 1.50,
                    "income": 300.00, "lastServiceTime": "2031-03-05T12:00:00Z", "firstServiceDate": "2031-03-05"
                }},
                {{
                    "customerId": {DELETED}, "name": null, "serviceCount": 1, "hours": 1.00, "income": 100.00,
                    "lastServiceTime": "2031-03-20T03:30:00Z", "firstServiceDate": null
                }}
            ],
            "regularCustomers": [{{
                "customerId": {MEMBER}, "name": "会员{MEMBER}@{site}", "serviceCount": 2, "hours": 3.00, "income": 300.00,
                "lastServiceTime": "2031-03-20T03:00:00Z", "firstServiceDate": "2030-01-05"
            }}],
            "statDate": "2031-03-20", "customersStatDate": "2031-03-19", "degraded": []
        }}"#,
        site = hall.site,
    ));
    let own = app.get(&app.token(hall.coach, hall.site), PERFORMANCE).await;
    assert_eq!(own.data(), &expected);
    assert_eq!(own.json["runtime"], json!({ "mode": "live", "date": "2031-03-20", "revised": false }));
    for user in [hall.coach, hall.manager, hall.finance] {
        let path = format!("{PERFORMANCE}?year=2031&month=3&assistantId={COACH}");
        assert_eq!(app.get(&app.token(user, hall.site), &path).await.data(), &expected);
    }
}

#[tokio::test]
async fn records_are_paged_by_service_and_days_are_summed_whole() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let page = async |page: u32| {
        let reply = app.get(&token, &format!("{RECORDS}?page={page}&pageSize=3")).await;
        let data = reply.data().clone();
        assert_eq!(data["summary"], parsed(r#"{"totalCount":5,"totalHours":6.00,"totalIncome":750.00}"#));
        assert_eq!((&data["total"], &data["page"], &data["pageSize"]), (&json!(5), &json!(page), &json!(3)));
        data
    };
    let first = page(1).await;
    assert_eq!((&first["hasMore"], &first["assistantName"]), (&json!(true), &json!(format!("助教{COACH}"))));
    let days: Vec<(&Value, Vec<i64>)> =
        first["list"].as_array().unwrap().iter().map(|d| (&d["date"], ids(&d["records"]))).collect();
    assert_eq!(days, [(&json!("2031-03-20"), vec![8, 7]), (&json!("2031-03-05"), vec![4])]);
    let expected = parsed(&format!(
        r#"[
            {{
                "date": "2031-03-05", "count": 2, "hours": 2.00, "income": 350.00,
                "records": [{{
                    "id": 3, "createTime": "2031-03-05T12:00:00Z", "startTime": "2031-03-05T10:30:00Z",
                    "endTime": "2031-03-05T12:00:00Z", "tableId": 1, "customerId": {STRANGER},
                    "customerName": "会员{STRANGER}@{site}", "courseType": "激励课", "skillName": "中式八球",
                    "hours": 1.50, "hoursRaw": 1.50, "income": 300.00
                }}]
            }},
            {{
                "date": "2031-03-01", "count": 1, "hours": 2.00, "income": 200.00,
                "records": [{{
                    "id": 1, "createTime": "2031-03-01T00:00:00Z", "startTime": "2031-02-28T22:00:00Z",
                    "endTime": "2031-03-01T00:00:00Z", "tableId": 1, "customerId": {MEMBER},
                    "customerName": "会员{MEMBER}@{site}", "courseType": "基础课", "skillName": "中式八球",
                    "hours": 2.00, "hoursRaw": 2.00, "income": 200.00
                }}]
            }}
        ]"#,
        site = hall.site,
    ));
    let second = page(2).await;
    assert_eq!((&second["list"], &second["hasMore"]), (&expected, &json!(false)));
    // A walk-in is nobody, a deleted member has no name.
    let walk_in = &first["list"][1]["records"][0];
    assert_eq!((&walk_in["customerId"], &walk_in["customerName"]), (&Value::Null, &Value::Null));
    let deleted = &first["list"][0]["records"][0];
    assert_eq!((&deleted["customerId"], &deleted["customerName"]), (&json!(DELETED), &Value::Null));
    let beyond = page(9).await;
    assert_eq!((&beyond["list"], &beyond["hasMore"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn months_that_are_over_or_to_come_have_what_there_is() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let month = async |year: u32, month: u32| {
        let query = format!("?year={year}&month={month}");
        let overview = app.get(&token, &format!("{PERFORMANCE}{query}")).await.data().clone();
        let records = app.get(&token, &format!("{RECORDS}{query}")).await.data().clone();
        assert_eq!((&overview["degraded"], &records["degraded"]), (&json!([]), &json!([])));
        assert_eq!((&records["year"], &records["month"]), (&json!(year), &json!(month)));
        (overview, records)
    };
    let (overview, records) = month(2031, 2).await;
    assert_eq!(overview["thisMonth"]["estimated"], json!(false));
    assert_eq!(coach_month::text(&overview["hours"]), "120.00");
    assert_eq!((&overview["lastMonth"], &overview["statDate"]), (&Value::Null, &json!("2031-02-28")));
    assert_eq!(ids(&records["list"][0]["records"]), [2]);
    assert_eq!(records["list"][0]["date"], "2031-02-28");

    let (overview, records) = month(2031, 4).await;
    assert_eq!((&overview["thisMonth"], &overview["statDate"]), (&Value::Null, &Value::Null));
    assert_eq!(overview["lastMonth"]["month"], "2031-03-01");
    assert_eq!((&overview["days"], &overview["newCustomers"]), (&json!([]), &json!([])));
    assert_eq!((&records["total"], &records["list"]), (&json!(0), &json!([])));

    for (year, of) in [(2199, 12), (2000, 1)] {
        let (overview, records) = month(year, of).await;
        for (field, empty) in [("thisMonth", json!(null)), ("lastMonth", json!(null)), ("days", json!([]))] {
            assert_eq!(overview[field], empty, "{year}-{of} {field}");
        }
        assert_eq!(coach_month::text(&overview["hours"]), "0.00");
        assert_eq!(records["summary"], parsed(r#"{"totalCount":0,"totalHours":0.00,"totalIncome":0.00}"#));
    }
}

#[tokio::test]
async fn somebody_without_records_has_an_empty_month() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    let nowhere = Site::default().insert(&app.dbs).await.unwrap();
    let unknown = User::coach(hall.site, 77).insert(&app.dbs).await.unwrap();
    let in_empty_hall = User::coach(nowhere, COACH).insert(&app.dbs).await.unwrap();
    // A new coach, one whom the warehouse does not know yet, and one of a hall without a single row.
    for (user, site, name, tier) in [
        (hall.colleague, hall.site, json!(format!("助教{COLLEAGUE}")), json!("T1")),
        (unknown, hall.site, Value::Null, json!("T1")),
        (in_empty_hall, nowhere, Value::Null, Value::Null),
    ] {
        let token = app.token(user, site);
        let reply = app.get(&token, &format!("{PERFORMANCE}?year=2031&month=1")).await;
        let data = reply.data();
        assert_eq!((&data["assistantName"], &data["tierName"]), (&name, &tier));
        assert_eq!(coach_month::text(&data["hours"]), "0.00");
        assert_eq!(data["nextTier"].is_null(), tier.is_null());
        for list in ["days", "newCustomers", "regularCustomers", "degraded"] {
            assert_eq!(data[list], json!([]), "{list}");
        }
        let reply = app.get(&token, &format!("{RECORDS}?year=2031&month=1")).await;
        assert_eq!((&reply.data()["total"], &reply.data()["list"]), (&json!(0), &json!([])));
    }
}

#[tokio::test]
async fn performance_is_one_s_own_or_the_site_s() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    let unbound =
        User::default().role(hall.site, "coach").bound(hall.site, None).insert(&app.dbs).await.unwrap();
    for path in [PERFORMANCE, RECORDS] {
        let ask = async |user: i64, query: &str| {
            app.get(&app.token(user, hall.site), &format!("{path}{query}")).await
        };
        let of = |coach: i64| format!("?assistantId={coach}");
        assert_eq!(ask(hall.coach, &of(COLLEAGUE)).await.refusal(), (403, 40304));
        assert_eq!(ask(hall.coach, &of(999)).await.refusal(), (403, 40304));
        assert_eq!(ask(unbound, "").await.refusal(), (403, 40303));
        assert_eq!(ask(unbound, &of(COACH)).await.refusal(), (403, 40303));
        for user in [hall.manager, hall.finance] {
            let reply = ask(user, "").await;
            assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["assistantId"]));
            assert_eq!(ask(user, &of(999)).await.refusal(), (404, 40402));
            assert_eq!(ask(user, &of(COLLEAGUE)).await.data()["assistantId"], COLLEAGUE);
        }
        for (bad, fields) in [
            ("?year=2031", vec!["month"]),
            ("?month=3", vec!["year"]),
            ("?year=1999&month=13", vec!["month", "year"]),
            ("?year=2031&month=0", vec!["month"]),
            ("?year=x&month=3", vec!["year"]),
            ("?year=2031&month=3&month=4", vec!["month"]),
            ("?assistantId=0", vec!["assistantId"]),
            ("?mont=3", vec!["mont"]),
        ] {
            let reply = ask(hall.coach, bad).await;
            assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{path}{bad}");
        }
    }
}
