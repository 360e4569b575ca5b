//! TASK-1, TASK-2 and what other pages show of tasks, against the raw rows of generated chains.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, Months, NaiveDate};
use domain::{Calendar, Index, tasks::heart};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use testing::builders::{Task, User};

use crate::{
    coach_oracle::{Raw, cents},
    lived::{Lived, SITE, Served, Settled, number},
    naive::{Indices, assert_close},
};

fn list<'a>(data: &'a Value, field: &str) -> &'a Vec<Value> {
    data[field].as_array().unwrap()
}

fn hours<'a>(services: impl IntoIterator<Item = &'a Served>) -> Decimal {
    let seconds: i64 = services.into_iter().map(|s| i64::from(s.income_seconds)).sum();
    cents(Decimal::from(seconds) / Decimal::from(3600))
}

/// What the pages say of members, from raw rows.
struct Members {
    names: BTreeMap<i64, (String, String)>,
    balances: BTreeMap<i64, Decimal>,
    visits: BTreeMap<i64, BTreeSet<NaiveDate>>,
}

impl Members {
    async fn of(hall: &Lived, settled: &[Settled]) -> Self {
        let names: Vec<(i64, String, String)> = hall
            .rows("SELECT member_id, nickname, mobile FROM dim.member WHERE site_id = $1 AND scd2_is_current = 1")
            .await;
        let mut visits = BTreeMap::<i64, BTreeSet<NaiveDate>>::new();
        for s in settled {
            if let Some(member) = s.member_id.filter(|m| *m != 0) {
                visits.entry(member).or_default().insert(hall.day(s.create_time));
            }
        }
        let balances = hall
            .sums(
                "SELECT tenant_member_id, sum(balance) FROM dim.member_card_account
                 WHERE site_id = $1 AND card_kind = 'stored' AND scd2_is_current = 1 GROUP BY 1",
            )
            .await;
        let names = names.into_iter().map(|(id, name, mobile)| (id, (name, mobile))).collect();
        Self { names, balances, visits }
    }

    /// A task as the list and the page show it.
    fn item_is(&self, hall: &Lived, indices: &Indices, item: &Value) {
        let (coach, member) = (item["assistantId"].as_i64().unwrap(), item["customerId"].as_i64().unwrap());
        let what = format!("{coach} for {member}");
        let (name, mobile) = &self.names[&member];
        assert_eq!(item["memberName"], json!(name), "{what}");
        assert_eq!(item["memberPhone"], json!(format!("{}****{}", &mobile[..3], &mobile[7..])), "{what}");
        match indices.rs.get(&(coach, member)) {
            Some(rs) => assert_close(&item["rsScore"], *rs, &what),
            None => assert!(item["rsScore"].is_null(), "{what}"),
        }
        let rs = (!item["rsScore"].is_null()).then(|| Index::new(number(&item["rsScore"])).unwrap());
        assert_eq!(item["heartIcon"], heart(rs), "{what}");
        let last = self.visits.get(&member).and_then(BTreeSet::last);
        assert_eq!(item["lastVisitDays"], json!(last.map(|last| (hall.today - *last).num_days())), "{what}");
        match self.balances.get(&member) {
            Some(balance) => assert_eq!(number(&item["balance"]), *balance, "{what}"),
            None => assert!(item["balance"].is_null(), "{what}"),
        }
    }
}

#[tokio::test]
async fn a_coachs_tasks_are_the_raw_rows() {
    let hall = Lived::new(61).await;
    let (settled, served, recharged) = (hall.settled().await, hall.served().await, hall.recharged().await);
    let snapshot = hall.today - Days::new(1);
    let indices = Indices::of(&hall, (&settled, &served, &recharged), snapshot);
    let members = Members::of(&hall, &settled).await;
    let raw = Raw::load(hall.app.dbs.etl_owner(), hall.today).await;
    let coach = raw.coaches[0];
    let user = User::coach(SITE, coach).insert(&hall.app.dbs).await.unwrap();
    let token = hall.app.token(user, SITE);
    // Whoever is in the hall's books: paired with the coach or not, with a visit or without.
    for member in members.names.keys() {
        Task::new(SITE, coach, *member).insert(&hall.app.dbs).await.unwrap();
    }
    let reply = hall.app.get(&token, "/api/xcx/tasks?pageSize=100").await;
    let data = reply.data();
    assert_eq!((&data["degraded"], &data["total"]), (&json!([]), &json!(members.names.len())));
    assert_eq!((&data["statDate"], &data["lastVisitStatDate"]), (&json!(snapshot), &json!(snapshot)));
    let (mut unrelated, mut related) = (0, 0);
    for item in list(data, "list") {
        members.item_is(&hall, &indices, item);
        *(if item["rsScore"].is_null() { &mut unrelated } else { &mut related }) += 1;
    }
    assert!(unrelated > 0 && related > 0, "{unrelated} and {related}");

    let month = Calendar::month_of(hall.today);
    let shown = &data["performance"];
    if shown["statDate"].is_null() {
        assert_eq!(hall.today, month, "only the first of a month has no pay row yet");
    } else {
        let pay = raw.pay(coach, month);
        let (tier, next) = raw.standing(coach, month);
        assert_eq!(
            (number(&shown["monthHours"]), number(&shown["income"])),
            (pay["effectiveHours"], pay["gross"])
        );
        assert_eq!(shown["tierName"], json!(tier));
        match next {
            None => assert!(shown["nextTierHours"].is_null() && shown["hoursToNext"].is_null()),
            Some(next) => {
                assert_eq!(number(&shown["nextTierHours"]), next);
                assert_eq!(number(&shown["hoursToNext"]), (next - pay["effectiveHours"]).max(Decimal::ZERO));
            }
        }
    }

    let from = snapshot - Days::new(59);
    for item in list(data, "list").iter().take(30) {
        let reply = hall.app.get(&token, &format!("/api/xcx/tasks/{}", item["id"])).await;
        let data = reply.data();
        assert_eq!((&data["degraded"], &data["task"]), (&json!([]), item));
        let member = item["customerId"].as_i64().unwrap();
        let customer = &data["customer"];
        assert_eq!((&customer["name"], &customer["phone"]), (&item["memberName"], &item["memberPhone"]));
        assert_eq!(
            (&customer["balance"], &customer["lastVisitDays"]),
            (&item["balance"], &item["lastVisitDays"])
        );
        match members.visits.get(&member) {
            None => assert!(customer["visitCount60d"].is_null() && customer["consumption60d"].is_null()),
            Some(visits) => {
                let lately =
                    settled.iter().filter(|s| s.member_id == Some(member) && hall.day(s.create_time) >= from);
                assert_eq!(customer["visitCount60d"], json!(visits.range(from..).count()));
                assert_eq!(
                    number(&customer["consumption60d"]),
                    lately.map(|s| s.ledger_amount).sum::<Decimal>()
                );
            }
        }
        let mut mine: Vec<&Served> = served
            .iter()
            .filter(|s| s.site_assistant_id == coach && s.tenant_member_id == Some(member))
            .collect();
        mine.sort_by_key(|s| std::cmp::Reverse((s.create_time, s.assistant_service_id)));
        mine.truncate(20);
        let records = list(data, "serviceRecords");
        assert_eq!(records.len(), mine.len(), "{member}");
        for (record, service) in records.iter().zip(mine) {
            let course = if service.course_kind == "bonus" { "激励课" } else { "基础课" };
            assert_eq!(
                (&record["id"], &record["courseType"]),
                (&json!(service.assistant_service_id), &json!(course))
            );
            assert_eq!(
                (number(&record["hours"]), number(&record["income"])),
                (hours([service]), service.ledger_amount)
            );
        }
    }
}

#[tokio::test]
async fn what_coaches_did_is_counted_by_the_month_in_which_they_did_it() {
    let hall = Lived::new(62).await;
    let (settled, served, recharged) = (hall.settled().await, hall.served().await, hall.recharged().await);
    let indices = Indices::of(&hall, (&settled, &served, &recharged), hall.today - Days::new(1));
    let raw = Raw::load(hall.app.dbs.etl_owner(), hall.today).await;
    let this = Calendar::month_of(hall.today);
    // Of every coach and of each of eight months a recall, a follow-up and something else: more of them, the older the month.
    let kinds = ["priority_recall", "high_priority_recall", "follow_up_visit", "relationship_building"];
    let busiest = served.iter().find_map(|s| s.tenant_member_id.filter(|m| *m != 0)).unwrap();
    for coach in &raw.coaches {
        for back in 0..8u32 {
            let first = hall.calendar.start_of(this - Months::new(back));
            for kind in &kinds[..kinds.len().min(2 + back as usize)] {
                let done =
                    Task::new(SITE, *coach, busiest).of_type(kind).in_status("completed").created(first);
                done.insert(&hall.app.dbs).await.unwrap();
            }
        }
    }
    for coach in &raw.coaches {
        let data = hall.data(&format!("/api/xcx/coaches/{coach}")).await;
        assert_eq!(data["degraded"], json!([]));
        assert_eq!(data["performance"]["tasksCompleted"], json!(2), "{coach}");
        for (back, month) in list(&data, "historyMonths").iter().enumerate() {
            let done = (&month["recallDone"], &month["callbackDone"]);
            assert_eq!(done, (&json!(2), &json!(i64::from(back >= 1))), "{coach}, {back} months ago");
        }
        let mut close: Vec<f64> =
            indices.rs.iter().filter(|((of, _), _)| of == coach).map(|(_, rs)| *rs).collect();
        close.sort_by(|a, b| b.total_cmp(a));
        let top = list(&data, "topCustomers");
        assert_eq!(top.len(), close.len().min(20), "{coach}");
        for (customer, nth) in top.iter().zip(close) {
            let member = customer["customerId"].as_i64().unwrap();
            assert_close(&customer["rsScore"], indices.rs[&(*coach, member)], "rs");
            assert_close(&customer["rsScore"], nth, "its place");
            let index = number(&customer["relationIndex"]);
            assert_eq!(index, number(&customer["rsScore"]) / Decimal::TEN);
            let emoji = match index {
                index if index >= Decimal::new(7, 1) => "❤️",
                index if index >= Decimal::new(3, 1) => "💛",
                _ => "🤍",
            };
            assert_eq!(customer["heartEmoji"], emoji);
        }
    }
    // And beside each coach's task on the customer's page what they did for them in 60 days up to today.
    let data = hall.data(&format!("/api/xcx/customers/{busiest}")).await;
    assert_eq!(list(&data, "coachTasks").len(), raw.coaches.len());
    let from = hall.today - Days::new(59);
    for task in list(&data, "coachTasks") {
        let coach = task["assistantId"].as_i64().unwrap();
        let mine: Vec<&Served> = served
            .iter()
            .filter(|s| s.site_assistant_id == coach && s.tenant_member_id == Some(busiest))
            .filter(|s| hall.day(s.create_time) >= from)
            .collect();
        let values: Vec<&Value> = list(task, "metrics").iter().map(|metric| &metric["value"]).collect();
        assert_eq!(values[0], &json!(mine.len()), "{coach}");
        assert_eq!(number(values[1]), hours(mine.iter().copied()), "{coach}");
        let seconds: i64 = mine.iter().map(|s| i64::from(s.income_seconds)).sum();
        match i64::try_from(mine.len()).unwrap() {
            0 => assert!(values[2].is_null(), "{coach}"),
            n => assert_eq!(
                number(values[2]),
                cents(Decimal::from(seconds) / Decimal::from(3600 * n)),
                "{coach}"
            ),
        }
    }
}

/// By every two characters of a name that anybody has, and by the last four digits of phones.
#[tokio::test]
async fn a_search_finds_whoever_is_there() {
    let hall = Lived::new(63).await;
    let members: Vec<(i64, String, String)> = hall
        .rows("SELECT member_id, nickname, mobile FROM dim.member WHERE site_id = $1 AND scd2_is_current = 1 ORDER BY 1")
        .await;
    let mut sought = BTreeSet::new();
    for (_, name, mobile) in members.iter().step_by(4) {
        let letters: Vec<char> = name.chars().collect();
        sought.extend(letters.windows(2).map(|two| two.iter().collect::<String>()).take(1));
        sought.insert(mobile[mobile.len() - 4..].to_owned());
    }
    assert!(sought.len() > 10);
    for q in sought.iter().take(40) {
        let found = hall.app.get(&hall.token, &format!("/api/xcx/customers?q={q}&pageSize=100")).await;
        let expected: BTreeSet<i64> =
            members.iter().filter(|m| m.1.contains(q) || m.2.contains(q)).map(|m| m.0).collect();
        let shown: BTreeSet<i64> =
            list(found.data(), "list").iter().map(|c| c["id"].as_i64().unwrap()).collect();
        assert_eq!(shown, expected, "{q}");
        assert_eq!(found.data()["total"], json!(expected.len()), "{q}");
        for customer in list(found.data(), "list") {
            let (_, name, mobile) = members.iter().find(|m| json!(m.0) == customer["id"]).unwrap();
            assert_eq!(customer["name"], json!(name));
            assert_eq!(customer["phone"], json!(format!("{}****{}", &mobile[..3], &mobile[7..])));
        }
    }
}
