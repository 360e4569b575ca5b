//! The boards against the raw rows of generated chains: every figure of every part made once more, naively.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{Calendar, Index, tasks::heart};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use testing::builders::Task;

use crate::{
    coach_oracle::{Raw, cents},
    lived::{Lived, Recharged, SITE, Served, Settled, number},
    naive::{Indices, assert_close},
};

/// Valid rows, and the indices of the newest snapshot.
struct Facts {
    hall: Lived,
    settled: Vec<Settled>,
    served: Vec<Served>,
    recharged: Vec<Recharged>,
    indices: Indices,
    balances: BTreeMap<i64, Decimal>,
}

/// Amounts by name; what came to nothing is not there.
type Sums = BTreeMap<String, Decimal>;

impl Facts {
    async fn new(seed: u64) -> Self {
        let hall = Lived::new(seed).await;
        let (settled, served, recharged) =
            (hall.settled().await, hall.served().await, hall.recharged().await);
        let indices = Indices::of(&hall, (&settled, &served, &recharged), hall.today - Days::new(1));
        let balances = hall
            .sums(
                "SELECT tenant_member_id, sum(balance) FROM dim.member_card_account
                 WHERE site_id = $1 AND card_kind = 'stored' AND scd2_is_current = 1 GROUP BY 1",
            )
            .await;
        Self { hall, settled, served, recharged, indices, balances }
    }

    fn visits(&self) -> BTreeMap<i64, BTreeSet<NaiveDate>> {
        let mut visits = BTreeMap::<i64, BTreeSet<NaiveDate>>::new();
        for s in &self.settled {
            if let Some(member) = s.member_id.filter(|m| *m != 0) {
                visits.entry(member).or_default().insert(self.hall.day(s.create_time));
            }
        }
        visits
    }

    /// What members spent from a date on.
    fn spent(&self, from: NaiveDate) -> BTreeMap<i64, Decimal> {
        let mut spent = BTreeMap::<i64, Decimal>::new();
        for s in self.settled.iter().filter(|s| self.hall.day(s.create_time) >= from) {
            if let Some(member) = s.member_id.filter(|m| *m != 0) {
                *spent.entry(member).or_default() += s.ledger_amount;
            }
        }
        spent
    }

    /// A member's coaches and how close they are.
    fn coaches(&self, member: i64) -> BTreeMap<i64, f64> {
        let of = self.indices.rs.iter().filter(|((_, of), _)| *of == member);
        of.map(|((coach, _), rs)| (*coach, *rs)).collect()
    }
}

fn rows<'a>(data: &'a Value, list: &str) -> &'a Vec<Value> {
    data[list].as_array().unwrap()
}

fn id(row: &Value, field: &str) -> i64 {
    row[field].as_i64().unwrap()
}

fn shown_heart(rs: &Value) -> &'static str {
    heart((!rs.is_null()).then(|| Index::new(number(rs)).unwrap()))
}

#[tokio::test]
async fn customers_are_ranked_by_the_raw_rows() {
    let facts = Facts::new(51).await;
    let (hall, visits) = (&facts.hall, facts.visits());
    // Snapshots end yesterday; recharges are of now.
    let (lately, sold_from) = (hall.today - Days::new(60), hall.today - Days::new(59));
    let spent = facts.spent(lately);
    let mut paid = BTreeMap::<i64, Decimal>::new();
    for r in facts.recharged.iter().filter(|r| hall.day(r.create_time) >= sold_from) {
        *paid.entry(r.member_id).or_default() += r.pay_amount;
    }
    let closest: BTreeMap<i64, f64> = facts
        .indices
        .rs
        .keys()
        .map(|pair| (pair.1, facts.coaches(pair.1).into_values().fold(0.0, f64::max)))
        .collect();
    let names: Vec<(i64, String)> = hall
        .rows("SELECT member_id, nickname FROM dim.member WHERE site_id = $1 AND scd2_is_current = 1")
        .await;
    let names: BTreeMap<i64, String> = names.into_iter().collect();
    let some = |sums: &BTreeMap<i64, Decimal>| -> BTreeSet<i64> {
        sums.iter().filter(|sum| *sum.1 > Decimal::ZERO).map(|sum| *sum.0).collect()
    };
    let recent = visits.iter().filter(|(_, dates)| dates.range(lately..).next().is_some());
    let ranked: [(&str, BTreeSet<i64>); 8] = [
        ("recall", facts.indices.wbi.keys().copied().collect()),
        ("potential", facts.indices.spi.keys().copied().collect()),
        ("loyal", closest.keys().copied().collect()),
        ("balance", some(&facts.balances)),
        ("recharge", some(&paid)),
        ("recent", visits.keys().copied().collect()),
        ("spend60", some(&spent)),
        ("freq60", recent.map(|(member, _)| *member).collect()),
    ];
    for (dimension, members) in ranked {
        let data = hall.data(&format!("/api/xcx/board/customers?dimension={dimension}&pageSize=100")).await;
        assert_eq!(data["degraded"], json!([]), "{dimension}");
        let listed: BTreeSet<i64> = rows(&data, "list").iter().map(|c| id(c, "customerId")).collect();
        assert_eq!(listed, members, "{dimension}");
        assert_eq!(data["total"], json!(members.len()), "{dimension}");
        for customer in rows(&data, "list") {
            let member = id(customer, "customerId");
            let what = format!("{dimension}: {member}");
            assert_eq!(customer["name"], json!(names.get(&member)), "{what}");
            for (field, expected) in
                [("wbi", facts.indices.wbi.get(&member)), ("maxRs", closest.get(&member))]
            {
                match expected {
                    Some(index) => assert_close(&customer[field], *index, &format!("{what}: {field}")),
                    None => assert!(customer[field].is_null(), "{what}: {field}"),
                }
            }
            match facts.indices.gap_days.get(&member) {
                Some(days) => assert_close(&customer["idealInterval"], *days, &what),
                None => assert!(customer["idealInterval"].is_null(), "{what}"),
            }
            if dimension == "potential" {
                assert_close(&customer["spi"], facts.indices.spi[&member], &what);
            }
            if dimension == "recharge" {
                assert_eq!(number(&customer["recharge60d"]), paid[&member], "{what}");
            }
            match facts.balances.get(&member) {
                Some(balance) => assert_eq!(number(&customer["balance"]), *balance, "{what}"),
                None => assert!(customer["balance"].is_null(), "{what}"),
            }
            if let Some(dates) = visits.get(&member) {
                let last = *dates.last().unwrap();
                assert_eq!(customer["lastVisitDate"], json!(last), "{what}");
                assert_eq!(customer["lastVisitDays"], json!((hall.today - last).num_days()), "{what}");
                assert_eq!(customer["visitCount60d"], json!(dates.range(lately..).count()), "{what}");
                let expected = spent.get(&member).copied().unwrap_or_default();
                assert_eq!(number(&customer["consumption60d"]), expected, "{what}");
            }
            let coaches = facts.coaches(member);
            assert_eq!(rows(customer, "assistants").len(), coaches.len(), "{what}");
            for coach in rows(customer, "assistants") {
                assert_close(&coach["rsScore"], coaches[&id(coach, "assistantId")], &what);
                assert_eq!(
                    number(&coach["relationIndex"]),
                    number(&coach["rsScore"]) / Decimal::TEN,
                    "{what}"
                );
                assert_eq!(coach["heartIcon"], shown_heart(&coach["rsScore"]), "{what}");
                assert_eq!(coach["hasActiveTask"], json!(false), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn coaches_stand_by_the_raw_rows() {
    let facts = Facts::new(52).await;
    let hall = &facts.hall;
    let raw = Raw::load(hall.app.dbs.etl_owner(), hall.today).await;
    let (from, to) = (hall.today - Days::new(40), hall.today - Days::new(9));
    // Two done just inside, two just outside; the last moment belongs to the day before.
    let (first, after) = (hall.calendar.start_of(from), hall.calendar.start_of(to + Days::new(1)));
    let moment = chrono::Duration::seconds(1);
    let done = [
        (first, "high_priority_recall"),
        (after - moment, "follow_up_visit"),
        (first - moment, "priority_recall"),
        (after, "follow_up_visit"),
    ];
    for (n, coach) in (1..).zip(&raw.coaches) {
        for (at, kind) in &done[..usize::min(n, done.len())] {
            Task::new(SITE, *coach, 1)
                .of_type(kind)
                .in_status("completed")
                .created(*at)
                .insert(&hall.app.dbs)
                .await
                .unwrap();
        }
    }
    let data = hall.data(&format!("/api/xcx/board/coaches?from={from}&to={to}")).await;
    assert_eq!(data["degraded"], json!([]));
    for coach in rows(&data, "list") {
        let who = id(coach, "assistantId");
        let mut sums = [Decimal::ZERO; 4];
        for date in from.iter_days().take_while(|date| *date <= to) {
            for (sum, figure) in sums.iter_mut().zip(raw.worked(who, date)) {
                *sum += figure;
            }
        }
        let [base_hours, bonus_hours, base, bonus] = sums;
        assert_eq!(number(&coach["hours"]), base_hours + bonus_hours, "{who}");
        assert_eq!((number(&coach["baseIncome"]), number(&coach["bonusIncome"])), (base, bonus), "{who}");
        let n = raw.coaches.iter().position(|c| *c == who).unwrap() + 1;
        let counts = (&coach["tasksDone"], &coach["recallsDone"], &coach["followUpsDone"]);
        assert_eq!(counts, (&json!(n.min(2)), &json!(1), &json!(n.min(2) - 1)), "{who}");
        for customer in rows(coach, "topCustomers") {
            assert_close(&customer["rsScore"], facts.indices.rs[&(who, id(customer, "customerId"))], "rs");
            assert_eq!(customer["heartIcon"], shown_heart(&customer["rsScore"]));
        }
    }
    let this = Calendar::month_of(hall.today);
    for (time, month) in [("month", this), ("lastMonth", Calendar::month_of(this - Days::new(1)))] {
        let data = hall.data(&format!("/api/xcx/board/coaches?time={time}")).await;
        for coach in rows(&data, "list").iter().filter(|_| !data["statDate"].is_null()) {
            let pay = raw.pay(id(coach, "assistantId"), month);
            for (shown, figure) in [
                ("hours", "effectiveHours"),
                ("baseIncome", "baseIncome"),
                ("bonusIncome", "bonusIncome"),
                ("gross", "gross"),
            ] {
                assert_eq!(number(&coach[shown]), pay[figure], "{time}: {shown} of {}", coach["assistantId"]);
            }
        }
    }
}

/// What stands under a name in a list of the answer; nothing is not there.
fn shown(list: &Value, name: impl Fn(&Value) -> String, field: &str) -> Sums {
    let rows = list.as_array().unwrap().iter();
    let sums: Sums = rows.map(|row| (name(row), number(&row[field]["value"]))).collect();
    there(sums)
}

fn there(sums: Sums) -> Sums {
    sums.into_iter().filter(|sum| !sum.1.is_zero()).collect()
}

fn add(sums: &mut Sums, name: impl Into<String>, amount: Decimal) {
    *sums.entry(name.into()).or_default() += amount;
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or("null").to_owned()
}

#[tokio::test]
async fn every_part_of_the_money_is_of_the_raw_rows() {
    let facts = Facts::new(53).await;
    let hall = &facts.hall;
    let raw = Raw::load(hall.app.dbs.etl_owner(), hall.today).await;
    for time in ["month", "lastMonth"] {
        let data = hall.data(&format!("/api/xcx/board/finance?time={time}")).await;
        assert_eq!(data["degraded"], json!([]), "{time}");
        let date = |end: &str| data["period"][end].as_str().unwrap().parse::<NaiveDate>().unwrap();
        let within = (date("from"), date("to"));
        income_is(&facts, within, &data, time).await;
        cash_is(&facts, within, &data, time).await;
        expenses_are(&facts, &raw, within, &data, time).await;
        cards_are(&facts, within, &data, time).await;
        courses_are(&facts, &raw, within, &data, time).await;
    }
}

impl Facts {
    fn settled_in(&self, (from, to): (NaiveDate, NaiveDate)) -> impl Iterator<Item = &Settled> {
        self.settled.iter().filter(move |s| (from..=to).contains(&self.hall.day(s.create_time)))
    }
}

/// By area and by item, each bearing its share of its settlement's discount; discounts by kind.
async fn income_is(facts: &Facts, within: (NaiveDate, NaiveDate), data: &Value, time: &str) {
    let areas: Vec<(i64, String)> =
        facts.hall.rows("SELECT site_table_id, area_name FROM dim.site_table WHERE site_id = $1").await;
    let areas: BTreeMap<i64, String> = areas.into_iter().collect();
    let (mut by_area, mut area_discounts) = (Sums::new(), Sums::new());
    let (mut by_item, mut item_discounts) = (Sums::new(), Sums::new());
    for s in facts.settled_in(within) {
        let area = s.site_table_id.and_then(|table| areas.get(&table)).map_or("其他", String::as_str);
        add(&mut by_area, area, s.ledger_amount);
        add(&mut area_discounts, area, s.discount_amount);
        let items = [
            ("台费", s.table_charge_money),
            ("酒水", s.goods_money),
            ("基础课", s.assistant_pd_money),
            ("激励课", s.assistant_cx_money),
        ];
        let mut up_to = Decimal::ZERO;
        for (item, amount) in items {
            add(&mut by_item, item, amount);
            let share = |of: Decimal| (s.discount_amount * of).checked_div(s.ledger_amount).map(cents);
            let whole = if item == "台费" { s.discount_amount } else { Decimal::ZERO };
            let borne = share(up_to + amount).zip(share(up_to)).map_or(whole, |(to, from)| to - from);
            add(&mut item_discounts, item, borne);
            up_to += amount;
        }
    }
    let revenue = &data["revenue"];
    for (list, gross, discounts) in [("areas", by_area, area_discounts), ("items", by_item, item_discounts)] {
        let mut net = gross.clone();
        discounts.iter().for_each(|(name, amount)| add(&mut net, name, -*amount));
        for (field, expected) in [("gross", gross), ("discount", discounts), ("net", net)] {
            let told = shown(&revenue[list], |row| text(row, "name"), field);
            assert_eq!(told, there(expected), "{time}: {list} {field}");
        }
    }
    let discounts: Vec<(String, Decimal, DateTime<Utc>)> = facts
        .hall
        .rows(
            "SELECT d.discount_type, d.amount, s.create_time FROM dwd.discount d
             JOIN dwd.settlement s USING (site_id, order_settle_id)
             WHERE site_id = $1 AND d.is_delete = 0 AND s.is_delete = 0 AND s.settle_type IN (1, 3)",
        )
        .await;
    let mut kinds = Sums::new();
    for (kind, amount, at) in discounts {
        if (within.0..=within.1).contains(&facts.hall.day(at)) {
            add(&mut kinds, kind, amount);
        }
    }
    assert_eq!(shown(&data["discounts"], |row| text(row, "discountType"), "amount"), there(kinds), "{time}");
}

/// By source, group-buying by platform and once.
async fn cash_is(facts: &Facts, within: (NaiveDate, NaiveDate), data: &Value, time: &str) {
    let platforms: Vec<(NaiveDate, String, Decimal)> = facts
        .hall
        .rows("SELECT stat_date, platform, settled_amount FROM dws.platform_settlement WHERE site_id = $1")
        .await;
    let stated: BTreeSet<NaiveDate> = platforms.iter().map(|p| p.0).collect();
    let mut cash = Sums::new();
    for s in facts.settled_in(within) {
        add(&mut cash, "cash null", s.cash_paid);
        add(&mut cash, "online null", s.online_paid);
        if !stated.contains(&facts.hall.day(s.create_time)) {
            add(&mut cash, "groupbuy null", s.groupbuy_paid);
        }
    }
    for r in &facts.recharged {
        if (within.0..=within.1).contains(&facts.hall.day(r.create_time)) {
            add(&mut cash, "recharge null", r.pay_amount);
        }
    }
    for (_, platform, amount) in platforms.iter().filter(|p| (within.0..=within.1).contains(&p.0)) {
        add(&mut cash, format!("groupbuy {platform}"), *amount);
    }
    let told = shown(
        &data["cashInflow"],
        |row| format!("{} {}", text(row, "source"), text(row, "platform")),
        "amount",
    );
    assert_eq!(told, there(cash), "{time}");
}

/// As entered, as platforms charged, and as coaches earned: of a month, so the pay of that month.
async fn expenses_are(facts: &Facts, raw: &Raw, within: (NaiveDate, NaiveDate), data: &Value, time: &str) {
    let entered: Vec<(NaiveDate, String, String, Decimal)> = facts
        .hall
        .rows(
            "SELECT expense_date, expense_group, item_name, amount FROM dwd.expense WHERE site_id = $1
             UNION ALL
             SELECT stat_date, 'platform', platform, service_fee FROM dws.platform_settlement WHERE site_id = $1",
        )
        .await;
    let mut spent = Sums::new();
    for (_, group, item, amount) in entered.iter().filter(|e| (within.0..=within.1).contains(&e.0)) {
        add(&mut spent, format!("{group} {item}"), *amount);
    }
    if !data["statDate"].is_null() {
        for coach in &raw.coaches {
            let pay = raw.pay(*coach, within.0);
            for (item, amount) in [
                ("基础课", pay["baseIncome"]),
                ("激励课", pay["bonusIncome"]),
                ("充值提成", pay["rechargeCommission"]),
                ("酒水提成", pay["goodsCommission"]),
                ("冲刺奖金", pay["sprintBonus"]),
                ("奖惩", pay["reward"] - pay["deduction"]),
            ] {
                add(&mut spent, format!("coach {item}"), amount);
            }
        }
    }
    let mut told = Sums::new();
    for group in rows(data, "cashOutflow") {
        for (item, amount) in shown(&group["items"], |row| text(row, "name"), "amount") {
            add(&mut told, format!("{} {item}", text(group, "group")), amount);
        }
    }
    assert_eq!(told, there(spent), "{time}");
}

/// Stored value by recharges and settlements, gifts by the movements of their cards, and what all of them hold.
async fn cards_are(facts: &Facts, within: (NaiveDate, NaiveDate), data: &Value, time: &str) {
    type Version = (i64, String, Decimal, DateTime<Utc>, Option<DateTime<Utc>>);
    let versions: Vec<Version> = facts
        .hall
        .rows(
            "SELECT card_account_id, card_kind, balance, scd2_start_time, scd2_end_time FROM dim.member_card_account
             WHERE site_id = $1 ORDER BY scd2_start_time",
        )
        .await;
    let inside = |at| (within.0..=within.1).contains(&facts.hall.day(at));
    let ends = facts.hall.calendar.start_of(within.1 + Days::new(1));
    let (mut before, mut held) = (BTreeMap::<i64, Decimal>::new(), Sums::new());
    let (mut added, mut taken) = (Sums::new(), Sums::new());
    for (card, kind, balance, start, end) in &versions {
        if *start < ends && end.is_none_or(|end| end >= ends) {
            add(&mut held, kind, *balance);
        }
        let moved = balance - before.insert(*card, *balance).unwrap_or_default();
        if kind != "stored" && inside(*start) {
            add(if moved > Decimal::ZERO { &mut added } else { &mut taken }, kind, moved.abs());
        }
    }
    let (mut first, mut paid) = (Decimal::ZERO, Decimal::ZERO);
    for r in facts.recharged.iter().filter(|r| inside(r.create_time)) {
        paid += r.pay_amount;
        first += if r.is_first { r.pay_amount } else { Decimal::ZERO };
    }
    add(&mut added, "stored", paid);
    add(&mut taken, "stored", facts.settled_in(within).map(|s| s.card_paid).sum());
    let stored = &data["recharge"]["stored"];
    let value = |figure: &Value| number(&figure["value"]);
    assert_eq!((value(&stored["first"]), value(&stored["renew"])), (first, paid - first), "{time}");
    let kinds = rows(&data["recharge"], "gifts").iter().map(|gift| (text(gift, "cardKind"), gift));
    for (kind, card) in kinds.chain([("stored".to_owned(), stored)]) {
        let of = |sums: &Sums| sums.get(&kind).copied().unwrap_or_default();
        assert_eq!(
            (value(&card["new"]), value(&card["consumed"])),
            (of(&added), of(&taken)),
            "{time}: {kind}"
        );
        if !data["statDate"].is_null() {
            assert_eq!(value(&card["balance"]), of(&held), "{time}: {kind}");
        }
    }
}

/// Hours and income day by day, by the level that the coach had at its end.
async fn courses_are(facts: &Facts, raw: &Raw, within: (NaiveDate, NaiveDate), data: &Value, time: &str) {
    type Version = (i64, Option<String>, DateTime<Utc>, Option<DateTime<Utc>>);
    let versions: Vec<Version> = facts
        .hall
        .rows("SELECT assistant_id, level_code, scd2_start_time, scd2_end_time FROM dim.assistant WHERE site_id = $1")
        .await;
    let mut by_level: [Sums; 4] = Default::default();
    for date in within.0.iter_days().take_while(|date| *date <= within.1) {
        let ends = facts.hall.calendar.start_of(date + Days::new(1));
        for coach in &raw.coaches {
            let valid = |v: &&Version| v.0 == *coach && v.2 < ends && v.3.is_none_or(|end| end >= ends);
            let level =
                versions.iter().find(valid).and_then(|v| v.1.clone()).unwrap_or_else(|| "null".to_owned());
            for (sums, figure) in by_level.iter_mut().zip(raw.worked(*coach, date)) {
                add(sums, &level, figure);
            }
        }
    }
    let [base_hours, bonus_hours, base, bonus] = by_level;
    let analysis = &data["coachAnalysis"];
    for (kind, hours, income) in [("base", base_hours, base), ("bonus", bonus_hours, bonus)] {
        let course = &analysis[kind];
        assert_eq!(number(&course["hours"]["value"]), hours.values().sum::<Decimal>(), "{time}: {kind}");
        assert_eq!(number(&course["income"]["value"]), income.values().sum::<Decimal>(), "{time}: {kind}");
        for (field, expected) in [("hours", hours), ("income", income)] {
            let told = shown(&course["levels"], |row| text(row, "levelCode"), field);
            assert_eq!(told, there(expected), "{time}: {kind} {field}");
        }
    }
    let billed =
        facts.served.iter().filter(|s| (within.0..=within.1).contains(&facts.hall.day(s.create_time)));
    assert_eq!(
        number(&analysis["billed"]["value"]),
        billed.map(|s| s.ledger_amount).sum::<Decimal>(),
        "{time}"
    );
}
