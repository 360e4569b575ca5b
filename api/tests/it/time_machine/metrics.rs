//! What holds for every metric of the registry: a new one is held by these tests without being named here.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{
    Calendar,
    metrics::{Metric, Subject, Unit},
};
use reference::{
    builders::{MemberRow, RechargeRow, ServiceRow, SettlementRow},
    chain::ChainSpec,
    rollup::{self, When},
};
use rust_decimal::Decimal;
use serde_json::Value;
use testing::{
    TestDbs,
    builders::{Site, Task, User},
};

use super::{end_of, late_on};
use crate::{
    app::{App, Sources},
    coach_month::NOW,
    lived::{Lived, SITE, number},
    world,
};

/// As [`Lived::new`], years ahead: a clock can be set forward, not back.
async fn lived(seed: u64) -> Lived {
    let keys = [("API__MODULE_TIMEOUT_MS", "20000"), ("API__REQUEST_TIMEOUT_MS", "120000")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    world::set_now(&app.dbs, NOW).await;
    let (_, today) = world::now(&app.dbs).await;
    let spec =
        ChainSpec { sites: 2, coaches: 5, members: 60, days: 110, seed, last_day: today - Days::new(1) };
    reference::seed(app.dbs.etl_owner(), &spec, &|_| {}).await.unwrap();
    let site = Site { site_id: SITE, ..Site::default() }.insert(&app.dbs).await.unwrap();
    let manager = User::manager(site).insert(&app.dbs).await.unwrap();
    let token = app.token(manager, site);
    Lived { app, token, today, calendar: Calendar::new("Asia/Shanghai", 8).unwrap() }
}

/// Whom the metrics are asked about, in a hall that has been in business for 110 days.
pub(super) struct Hall {
    pub(super) lived: Lived,
    pub(super) coaches: Vec<i64>,
    pub(super) members: Vec<i64>,
    pairs: Vec<(i64, i64)>,
}

impl Hall {
    pub(super) async fn new(seed: u64) -> Self {
        let lived = lived(seed).await;
        // Old friends, and somebody who hardly ever comes; everybody was there before the first date asked about.
        let members: Vec<(i64,)> = lived
            .rows(
                "WITH ranked AS (
                     SELECT member_id, row_number() OVER (ORDER BY count(*) DESC, member_id) AS place, count(*) OVER () AS all_of_them
                     FROM dwd.settlement JOIN dim.member m USING (site_id, member_id)
                     WHERE site_id = $1 AND m.register_time < '2031-01-10' AND m.scd2_is_current = 1
                     GROUP BY member_id)
                 SELECT member_id FROM ranked WHERE place IN (1, 5, all_of_them) ORDER BY place",
            )
            .await;
        let pairs: Vec<(i64, i64)> = lived
            .rows(
                "SELECT assistant_id, member_id FROM dws.member_assistant_relation_index
                 JOIN dim.member m USING (site_id, member_id)
                 WHERE site_id = $1 AND stat_date = (SELECT max(stat_date) FROM dws.member_assistant_relation_index)
                   AND m.register_time < '2031-01-10' AND m.scd2_is_current = 1
                 ORDER BY rs_score DESC, member_id, assistant_id LIMIT 2",
            )
            .await;
        let coaches: Vec<(i64,)> = lived
            .rows("SELECT DISTINCT assistant_id FROM dim.assistant WHERE site_id = $1 ORDER BY 1 LIMIT 3")
            .await;
        let only = |rows: Vec<(i64,)>| rows.into_iter().map(|(id,)| id).collect::<Vec<_>>();
        Self { lived, coaches: only(coaches), members: only(members), pairs }
    }

    /// Every metric, of everybody.
    fn asked(&self) -> Vec<(Metric, Option<String>)> {
        let mut asked = Vec::new();
        for metric in Metric::ALL {
            let (members, coaches) = (self.members.iter(), self.coaches.iter());
            let ids: Vec<Option<String>> = match metric.definition().subject {
                Subject::Site => vec![None],
                Subject::Member => members.map(|id| Some(id.to_string())).collect(),
                Subject::Coach => coaches.map(|id| Some(id.to_string())).collect(),
                Subject::Pair => self.pairs.iter().map(|(c, m)| Some(format!("{c}:{m}"))).collect(),
                Subject::CoachOrSite => vec![None, Some(self.coaches[0].to_string())],
            };
            assert!(!ids.is_empty(), "{metric} is asked about nobody");
            asked.extend(ids.into_iter().map(|id| (*metric, id)));
        }
        asked
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let reply = self.lived.app.get(&self.lived.token, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json
    }

    /// What a metric shows; live, or as of a date.
    pub(super) async fn shown(
        &self,
        (metric, id): &(Metric, Option<String>),
        as_of: Option<NaiveDate>,
    ) -> Value {
        let path = format!("/api/xcx/metrics/{metric}?{}{}", id_of(id), as_of_of(as_of));
        self.get(&path).await["data"].clone()
    }

    /// The clock stands shortly before the cut-off that ends the date.
    pub(super) async fn live_on(&self, date: NaiveDate) {
        let at = end_of(date) - chrono::Duration::minutes(30);
        world::set_now(&self.lived.app.dbs, &at.to_rfc3339()).await;
    }

    /// A day of tasks: some made, some of older ones done.
    async fn work(&self, date: NaiveDate, nth: usize) {
        let dbs = &self.lived.app.dbs;
        for (at, kind) in ["high_priority_recall", "relationship_building"].into_iter().enumerate() {
            let member = 900_000 + i64::try_from(2 * nth + at).unwrap();
            let coach = self.coaches[(nth + at) % self.coaches.len()];
            Task::new(SITE, coach, member).of_type(kind).created(late_on(date)).insert(dbs).await.unwrap();
        }
        if nth.is_multiple_of(3) {
            complete_oldest(dbs.owner(), late_on(date)).await;
        }
    }
}

/// The oldest active task is done, as an operation would leave it.
async fn complete_oldest(owner: &sqlx::PgPool, at: DateTime<Utc>) {
    sqlx::query(
        "WITH done AS (
             UPDATE biz.coach_tasks SET status = 'completed', completed_at = $2, completed_task_type = task_type,
                 updated_at = $2
             WHERE id = (SELECT min(id) FROM biz.coach_tasks WHERE site_id = $1 AND status = 'active')
             RETURNING site_id, id, task_type)
         INSERT INTO biz.coach_task_history (site_id, task_id, action, old_status, new_status, old_task_type,
             new_task_type, created_at)
         SELECT site_id, id, 'completed', 'active', 'completed', task_type, task_type, $2 FROM done",
    )
    .bind(SITE)
    .bind(at)
    .execute(owner)
    .await
    .unwrap();
}

fn id_of(id: &Option<String>) -> String {
    id.as_ref().map(|id| format!("&id={id}")).unwrap_or_default()
}

fn as_of_of(date: Option<NaiveDate>) -> String {
    date.map(|date| format!("&asOf={date}")).unwrap_or_default()
}

fn sum(rows: &[Value], figure: &Value, field: &str) -> Decimal {
    let own = rows.iter().filter(|row| row["figure"] == *figure && !row[field].is_null());
    own.map(|row| number(&row[field])).sum()
}

/// A number as its unit rounds it.
fn rounded(figure: &Value, number: Decimal) -> Decimal {
    let unit = Unit::ALL.into_iter().find(|unit| figure["unit"] == unit.as_str()).unwrap();
    unit.fixed(number)
}

/// Money has two places wherever it stands, hours too.
fn assert_places(metric: Metric, row: &Value, fields: &[&str]) {
    let unit = metric.definition().unit(row["figure"].as_str().unwrap());
    for field in fields.iter().filter(|field| !row[**field].is_null()) {
        assert!(number(&row[*field]).scale() >= unit.places().unwrap(), "{metric}: {row}");
    }
}

/// Lives for 60 days, every fourth of them looked at live and afterwards as of its date; then today and two past dates
/// are explained row by row, and compared.
#[tokio::test]
async fn every_metric_as_of_a_date_is_what_it_was_and_its_rows_are_the_whole_story() {
    let hall = Hall::new(11).await;
    let asked = hall.asked();
    let last = hall.lived.today;
    let mut recorded = Vec::new();
    for (nth, back) in (0u64..=60).rev().enumerate() {
        let date = last - Days::new(back);
        hall.live_on(date).await;
        hall.work(date, nth).await;
        if back % 4 == 0 {
            for one in &asked {
                recorded.push((date, one.clone(), hall.shown(one, None).await));
            }
        }
    }
    let days: BTreeSet<_> = recorded.iter().map(|(date, ..)| *date).collect();
    assert!(days.len() >= 16 && days.first().copied() == Some(last - Days::new(60)));
    let mut moved = BTreeMap::new();
    for (date, one, live) in &recorded {
        assert_eq!(hall.shown(one, Some(*date)).await, *live, "{one:?} as of {date}");
        let figures: &mut BTreeSet<String> = moved.entry(one.0).or_default();
        figures.insert(live["figures"].to_string());
    }
    // What never moves proves nothing.
    let still: Vec<_> = moved.iter().filter(|(_, seen)| seen.len() < 2).map(|(metric, _)| *metric).collect();
    assert!(still.iter().all(|metric| *metric == Metric::CoachLevel), "{still:?} never moved");

    let (from, to) = (last - Days::new(20), last - Days::new(4));
    for one in &asked {
        let mut values = BTreeMap::new();
        for date in [from, to, last] {
            values.insert(date, explained(&hall, one, date).await);
        }
        compared(&hall, one, (from, to), &values).await;
        compared(&hall, one, (to, last), &values).await;
    }
}

/// The rows of every page.
pub(super) async fn listed(hall: &Hall, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for page in 1.. {
        let more = hall.get(&format!("{path}&page={page}")).await["data"].clone();
        rows.extend(more["list"].as_array().unwrap().clone());
        if more["hasMore"] == false {
            assert_eq!(more["total"], rows.len(), "{path}");
            break;
        }
    }
    rows
}

/// The figures, each proved by its rows.
async fn explained(hall: &Hall, one: &(Metric, Option<String>), date: NaiveDate) -> Vec<Value> {
    let (metric, id) = one;
    let path = format!("/api/xcx/replay/explain?metric={metric}{}&asOf={date}&pageSize=100", id_of(id));
    let first = hall.get(&path).await["data"].clone();
    let rows = listed(hall, &path).await;
    let keys: BTreeSet<String> =
        rows.iter().map(|row| format!("{} {} {}", row["figure"], row["source"], row["key"])).collect();
    assert_eq!(keys.len(), rows.len(), "{path}: a row stands twice");
    let shown = hall.shown(one, Some(date)).await;
    let figures = first["figures"].as_array().unwrap().clone();
    for (figure, shown) in figures.iter().zip(shown["figures"].as_array().unwrap()) {
        let what = format!("{path}: {figure}");
        assert_eq!((&figure["value"], &figure["text"]), (&shown["value"], &shown["text"]), "{what}");
        assert_eq!(figure["text"], figure["explainedText"], "{what}");
        if figure["explained"].is_null() {
            assert!(figure["value"].is_null() && sum(&rows, &figure["name"], "amount").is_zero(), "{what}");
        } else {
            let sum = rounded(figure, sum(&rows, &figure["name"], "amount"));
            assert_eq!(sum, number(&figure["explained"]), "{what}");
            assert!(number(&figure["difference"]).is_zero(), "{what}");
        }
    }
    for row in &rows {
        let at = row["date"].as_str().map(|date| date.parse::<NaiveDate>().unwrap());
        assert!(at.is_none_or(|at| at <= date), "{path}: {row} is of the future");
        assert_eq!(row["late"], false, "{path}: {row}");
        assert_places(*metric, row, &["amount"]);
    }
    figures
}

/// The change, and the rows that made it.
async fn compared(
    hall: &Hall,
    (metric, id): &(Metric, Option<String>),
    (from, to): (NaiveDate, NaiveDate),
    values: &BTreeMap<NaiveDate, Vec<Value>>,
) {
    let path = format!("/api/xcx/replay/compare?from={from}&to={to}&metrics={metric}{}", id_of(id));
    let data = hall.get(&path).await["data"].clone();
    let compared = &data["metrics"][0];
    let rows = compared["rows"].as_array().unwrap();
    let beside = compared["figures"].as_array().unwrap().iter().zip(values[&from].iter().zip(&values[&to]));
    for (figure, (before, after)) in beside {
        let what = format!("{path}: {figure}");
        assert_eq!((&figure["fromValue"], &figure["toValue"]), (&before["value"], &after["value"]), "{what}");
        assert_eq!((&figure["fromText"], &figure["toText"]), (&before["text"], &after["text"]), "{what}");
        if figure["change"].is_null() {
            continue;
        }
        let amount = |value: &Value| if value.is_null() { Decimal::ZERO } else { number(value) };
        assert_eq!(number(&figure["change"]), amount(&after["value"]) - amount(&before["value"]), "{what}");
        assert!(number(&figure["difference"]).is_zero(), "{what}");
        let parts = sum(rows, &figure["name"], "change") + number(&figure["unlisted"]);
        assert_eq!(rounded(figure, parts), number(&figure["explained"]), "{what}");
        let some = rows.iter().any(|row| row["figure"] == figure["name"]);
        assert!(some || number(&figure["change"]).is_zero(), "{what}: none of its rows is listed");
    }
    for row in rows {
        assert_places(*metric, row, &["fromAmount", "toAmount", "change"]);
        assert!(row["fromAmount"] != row["toAmount"] || row["fromText"] != row["toText"], "{path}: {row}");
    }
}

/// Live without `asOf` is as of today, snapshot of today or none: relation and stickiness are recomputed then.
#[tokio::test]
async fn every_metric_as_of_today_is_live_and_what_comes_later_changes_no_past() {
    let hall = Hall::new(12).await;
    let asked = hall.asked();
    let (today, past) = (hall.lived.today, hall.lived.today - Days::new(2));
    hall.live_on(today).await;
    hall.work(today - Days::new(3), 3).await;
    let mut before = Vec::new();
    for one in &asked {
        assert_eq!(hall.shown(one, Some(today)).await, hall.shown(one, None).await, "{one:?}");
        before.push(hall.shown(one, Some(past)).await);
    }

    // From the very cut-off on: facts, versions, tasks, and a roll-up over them.
    let (etl, (coach, member)) = (hall.lived.app.dbs.etl_owner(), hall.pairs[0]);
    for (id, at) in [(8_000_001, end_of(past)), (8_000_002, late_on(today))] {
        let amount = Decimal::from(321);
        for (nth, member) in (1i64..).zip(&hall.members) {
            SettlementRow::new(SITE, id + 100 * nth, *member, amount, at).insert(etl).await.unwrap();
        }
        ServiceRow::new(SITE, id, coach, member, at).loaded_at(at).insert(etl).await.unwrap();
        RechargeRow::new(SITE, id, member, amount, at).insert(etl).await.unwrap();
        MemberRow::new(SITE, id).registered(at).insert(etl).await.unwrap();
    }
    for statement in [
        "UPDATE dim.member_card_account SET scd2_end_time = $2, scd2_is_current = 0
         WHERE site_id = $1 AND scd2_end_time IS NULL AND scd2_start_time < $2",
        "INSERT INTO dws.salary_adjustment (site_id, adjustment_id, kind, assistant_id, amount, reason, effective_date)
         VALUES ($1, 8000001, 'reward', NULL, 12.34, '测试', ($2 AT TIME ZONE 'Asia/Shanghai' - interval '8 hours')::date)",
    ] {
        sqlx::query(statement).bind(SITE).bind(end_of(past)).execute(etl).await.unwrap();
    }
    sqlx::query(
        "INSERT INTO dim.member_card_account (site_id, card_account_id, tenant_member_id, card_kind, balance, scd2_start_time)
         SELECT $1, 8000000 + m, m, 'stored', 77, $2 FROM unnest($3::bigint[]) AS m",
    )
    .bind(SITE)
    .bind(end_of(past))
    .bind(&hall.members)
    .execute(etl)
    .await
    .unwrap();
    complete_oldest(hall.lived.app.dbs.owner(), end_of(past)).await;
    rollup::run(etl, SITE, today..=today, When::At(late_on(today))).await.unwrap();

    let mut changed = BTreeSet::new();
    for (one, before) in asked.iter().zip(&before) {
        assert_eq!(hall.shown(one, Some(past)).await, *before, "{one:?} as of {past}");
        if hall.shown(one, Some(today)).await["figures"] != before["figures"] {
            changed.insert(one.0);
        }
    }
    assert!(changed.len() >= 12, "today does not show it either: {changed:?}");
}
