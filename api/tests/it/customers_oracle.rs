//! CUST-1 and CUST-2 of a hall that has been in business for months: every figure made once more, naively, from raw rows.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use domain::Calendar;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use sqlx::FromRow;

use crate::lived::{Lived, assert_same_shape, example, number};

#[derive(FromRow)]
struct Settlement {
    order_settle_id: i64,
    member_id: Option<i64>,
    site_table_id: Option<i64>,
    table_charge_money: Decimal,
    goods_money: Decimal,
    ledger_amount: Decimal,
    create_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Service {
    assistant_service_id: i64,
    order_settle_id: i64,
    site_assistant_id: i64,
    tenant_member_id: Option<i64>,
    site_table_id: Option<i64>,
    course_kind: String,
    income_seconds: i32,
    ledger_amount: Decimal,
    create_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Recharge {
    recharge_order_id: i64,
    member_id: i64,
    assistant_id: Option<i64>,
    pay_amount: Decimal,
    create_time: DateTime<Utc>,
}

/// Valid rows, newest first, and who is who.
struct Raw {
    settlements: Vec<Settlement>,
    services: Vec<Service>,
    recharges: Vec<Recharge>,
    members: Vec<(i64, String, String)>,
    coaches: BTreeMap<i64, String>,
    balances: BTreeMap<i64, Decimal>,
    /// Member, coach, index of the newest snapshot.
    relations: Vec<(i64, i64, Decimal)>,
}

impl Raw {
    async fn of(lived: &Lived) -> Self {
        let coaches: Vec<(i64, String)> = lived
            .rows("SELECT assistant_id, coalesce(nickname, real_name) FROM dim.assistant WHERE site_id = $1 AND scd2_is_current = 1")
            .await;
        Self {
            settlements: lived
                .rows(
                    "SELECT * FROM dwd.settlement WHERE site_id = $1 AND is_delete = 0 AND settle_type IN (1, 3)
                     ORDER BY create_time DESC, order_settle_id DESC",
                )
                .await,
            services: lived
                .rows(
                    "SELECT * FROM dwd.assistant_service_log WHERE site_id = $1 AND is_delete = 0
                     ORDER BY create_time DESC, assistant_service_id DESC",
                )
                .await,
            recharges: lived.rows("SELECT * FROM dwd.recharge_order WHERE site_id = $1 AND is_delete = 0").await,
            members: lived
                .rows("SELECT member_id, nickname, mobile FROM dim.member WHERE site_id = $1 AND scd2_is_current = 1 ORDER BY 1")
                .await,
            coaches: coaches.into_iter().collect(),
            balances: lived
                .sums(
                    "SELECT tenant_member_id, sum(balance) FROM dim.member_card_account
                     WHERE site_id = $1 AND card_kind = 'stored' AND scd2_is_current = 1 GROUP BY 1",
                )
                .await,
            relations: lived
                .rows(
                    "SELECT member_id, assistant_id, relation_index::numeric FROM dws.member_assistant_relation_index
                     WHERE site_id = $1 AND stat_date = (SELECT max(stat_date) FROM dws.member_assistant_relation_index WHERE site_id = $1)",
                )
                .await,
        }
    }
}

fn rounded(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn hours<'a>(services: impl Iterator<Item = &'a Service>) -> Decimal {
    rounded(Decimal::from(services.map(|s| i64::from(s.income_seconds)).sum::<i64>()) / Decimal::from(3600))
}

fn list<'a>(data: &'a Value, field: &str) -> &'a Vec<Value> {
    data[field].as_array().unwrap()
}

/// A figure, or null.
fn assert_number(shown: &Value, expected: Option<Decimal>, what: &str) {
    assert_eq!((!shown.is_null()).then(|| number(shown)), expected, "{what}");
}

#[tokio::test]
async fn every_customers_page_is_the_raw_rows() {
    for seed in [5, 6] {
        let lived = Lived::new(seed).await;
        let raw = Raw::of(&lived).await;
        let mut shape = 0;
        for (member, name, mobile) in &raw.members {
            let data = lived.data(&format!("/api/xcx/customers/{member}")).await;
            assert_eq!(data["degraded"], json!([]), "{data}");
            assert_eq!(data["name"], json!(name));
            assert_eq!(data["phone"], json!(format!("{}****{}", &mobile[..3], &mobile[7..])));
            assert_number(&data["balance"], raw.balances.get(member).copied(), "balance");
            figures(&lived, &raw, *member, &data);
            consumptions(&raw, *member, &data);
            favourites(&lived, &raw, *member, &data);
            if !list(&data, "consumptionRecords").is_empty() && !list(&data, "favoriteCoaches").is_empty() {
                shape += 1;
                assert_same_shape(&example("/api/xcx/customers/{id}")["data"], &data, "showCustomer");
            }
        }
        assert!(shape > 10, "hardly anybody has a page with something on it: {shape}");
    }
}

/// Of the snapshot, which is yesterday's.
fn figures(lived: &Lived, raw: &Raw, member: i64, data: &Value) {
    let snapshot = lived.today - Days::new(1);
    let mine: Vec<_> = raw
        .settlements
        .iter()
        .filter(|s| s.member_id == Some(member) && lived.day(s.create_time) <= snapshot)
        .collect();
    let visits: BTreeSet<NaiveDate> = mine.iter().map(|s| lived.day(s.create_time)).collect();
    let from = snapshot - Days::new(59);
    let spent = |from: NaiveDate| -> Decimal {
        mine.iter().filter(|s| lived.day(s.create_time) >= from).map(|s| s.ledger_amount).sum()
    };
    let lately = visits.range(from..).count();
    let (known, all) = (!visits.is_empty(), spent(NaiveDate::MIN));
    let values: Vec<&Value> = list(data, "metrics").iter().map(|m| &m["value"]).collect();
    assert_number(&data["consumption60d"], known.then(|| spent(from)), "consumption60d");
    assert_number(values[0], known.then(|| lately.into()), "visitCount60d");
    assert_number(
        values[1],
        (lately > 0).then(|| rounded(spent(from) / Decimal::from(lately))),
        "avgSpend60d",
    );
    assert_number(values[2], known.then_some(all), "totalConsume");
    assert_number(values[3], known.then(|| visits.len().into()), "totalVisits");
    let since = visits.last().map(|last| Decimal::from((lived.today - *last).num_days()));
    assert_number(&data["daysSinceVisit"], since, "daysSinceVisit");
    // The hall is younger than the index's 180 days.
    let mut gaps: Vec<i64> =
        visits.iter().zip(visits.iter().skip(1)).map(|(one, next)| (*next - *one).num_days()).collect();
    gaps.sort_unstable();
    let middle =
        |gaps: &[i64]| Decimal::from(gaps[(gaps.len() - 1) / 2] + gaps[gaps.len() / 2]) / Decimal::TWO;
    let expected = (!gaps.is_empty()).then(|| middle(&gaps).max(Decimal::from(3)));
    assert_number(&data["idealInterval"], expected, "idealInterval");
}

fn consumptions(raw: &Raw, member: i64, data: &Value) {
    let mine: Vec<_> = raw.settlements.iter().filter(|s| s.member_id == Some(member)).take(20).collect();
    let shown = list(data, "consumptionRecords");
    assert_eq!(shown.len(), mine.len());
    for (shown, settlement) in shown.iter().zip(mine) {
        assert_eq!(
            (&shown["id"], &shown["tableId"]),
            (&json!(settlement.order_settle_id), &json!(settlement.site_table_id))
        );
        for (field, amount) in [
            ("tableFee", settlement.table_charge_money),
            ("foodAmount", settlement.goods_money),
            ("totalAmount", settlement.ledger_amount),
        ] {
            assert_eq!(number(&shown[field]), amount, "{field}");
        }
        let mut services: Vec<_> =
            raw.services.iter().filter(|s| s.order_settle_id == settlement.order_settle_id).collect();
        services.sort_by_key(|s| s.assistant_service_id);
        let coaches = list(shown, "coaches");
        assert_eq!(coaches.len(), services.len());
        for (coach, service) in coaches.iter().zip(services) {
            let course = if service.course_kind == "bonus" { "激励课" } else { "基础课" };
            assert_eq!(
                (&coach["name"], &coach["courseType"]),
                (&json!(raw.coaches.get(&service.site_assistant_id)), &json!(course))
            );
            assert_eq!(number(&coach["fee"]), service.ledger_amount);
            assert_eq!(number(&coach["hours"]), hours([service].into_iter()));
        }
    }
}

fn favourites(lived: &Lived, raw: &Raw, member: i64, data: &Value) {
    let mut close: Vec<_> =
        raw.relations.iter().filter(|(of, _, index)| *of == member && !index.is_zero()).collect();
    close.sort_by_key(|(_, coach, index)| (std::cmp::Reverse(*index), *coach));
    close.truncate(10);
    let shown = list(data, "favoriteCoaches");
    assert_eq!(shown.len(), close.len());
    let from = lived.today - Days::new(59);
    for (shown, (_, coach, index)) in shown.iter().zip(close) {
        assert_eq!((&shown["assistantId"], &shown["name"]), (&json!(coach), &json!(raw.coaches.get(coach))));
        assert_eq!(number(&shown["relationIndex"]), *index);
        let heart = if *index >= Decimal::new(7, 1) { "💖" } else { "💛" };
        assert_eq!(shown["emoji"], heart);
        let mine: Vec<_> = raw
            .services
            .iter()
            .filter(|s| {
                s.tenant_member_id == Some(member)
                    && s.site_assistant_id == *coach
                    && lived.day(s.create_time) >= from
            })
            .collect();
        let of = |kind: &str| hours(mine.iter().copied().filter(|s| s.course_kind == kind));
        let sold: Decimal = raw
            .recharges
            .iter()
            .filter(|r| {
                r.member_id == member && r.assistant_id == Some(*coach) && lived.day(r.create_time) >= from
            })
            .map(|r| r.pay_amount)
            .sum();
        let stats = &shown["stats"];
        assert_eq!((number(&stats["baseHours"]), number(&stats["bonusHours"])), (of("base"), of("bonus")));
        assert_eq!((&stats["sessions"], number(&stats["recharge"])), (&json!(mine.len()), sold));
    }
}

#[tokio::test]
async fn every_customers_month_is_the_raw_rows() {
    let lived = Lived::new(7).await;
    let raw = Raw::of(&lived).await;
    let this = Calendar::month_of(lived.today);
    let mut shape = 0;
    for month in [this, Calendar::month_of(this - Days::new(1))] {
        for (member, ..) in &raw.members {
            let query = format!("year={}&month={}&pageSize=100", month.year(), month.month());
            let data = lived.data(&format!("/api/xcx/customers/{member}/records?{query}")).await;
            let within = |at| Calendar::month_of(lived.day(at)) == month;
            let ever: Vec<_> = raw.services.iter().filter(|s| s.tenant_member_id == Some(*member)).collect();
            let courses: Vec<_> = ever.iter().copied().filter(|s| within(s.create_time)).collect();
            let mut expected: Vec<_> = courses
                .iter()
                .map(|s| {
                    let course = if s.course_kind == "bonus" { "激励课" } else { "基础课" };
                    let coach = raw.coaches.get(&s.site_assistant_id);
                    let row = json!([s.assistant_service_id, "course", course, coach, s.site_table_id]);
                    (s.create_time, row, Some(hours([*s].into_iter())), s.ledger_amount)
                })
                .collect();
            let recharges =
                raw.recharges.iter().filter(|r| r.member_id == *member && within(r.create_time)).map(|r| {
                    let coach = r.assistant_id.and_then(|coach| raw.coaches.get(&coach));
                    let row = json!([r.recharge_order_id, "recharge", null, coach, null]);
                    (r.create_time, row, None, r.pay_amount)
                });
            expected.extend(recharges);
            let key = |row: &(DateTime<Utc>, Value, Option<Decimal>, Decimal)| {
                (std::cmp::Reverse(row.0), row.1[1].to_string(), std::cmp::Reverse(row.1[0].as_i64()))
            };
            expected.sort_by_key(key);
            assert_eq!(
                (&data["totalServiceCount"], &data["monthCount"], &data["total"]),
                (&json!(ever.len()), &json!(courses.len()), &json!(expected.len()))
            );
            assert_eq!(number(&data["monthHours"]), hours(courses.into_iter()));
            let shown = list(&data, "records");
            assert_eq!(shown.len(), expected.len().min(100));
            for (shown, (at, row, hours, income)) in shown.iter().zip(expected) {
                let told = json!([
                    shown["id"],
                    shown["recordType"],
                    shown["courseType"],
                    shown["coachName"],
                    shown["tableId"]
                ]);
                assert_eq!(told, row);
                assert_eq!(shown["createTime"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), at);
                assert_number(&shown["hours"], hours, "hours");
                assert_eq!((number(&shown["income"]), &shown["isEstimate"]), (income, &json!(month == this)));
            }
            if shown.len() >= 2 {
                shape += 1;
                assert_same_shape(&example("/api/xcx/customers/{id}/records")["data"], &data, "records");
            }
        }
    }
    assert!(shape > 10, "hardly anybody has a month with something in it: {shape}");
}
