//! A coach's pages against the raw rows of generated chains: every figure made once more, slowly and in Rust.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use domain::Calendar;
use reference::chain::ChainSpec;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use sqlx::{FromRow, PgPool};
use testing::builders::{Site, User};

use crate::{
    app::App,
    coach_month::ids,
    world::{self, set_now},
};

const SITE: i64 = 2;
/// The night of 20 March, still that business date.
const NIGHT: &str = "2031-03-20T20:30:00Z";

#[derive(FromRow)]
struct Served {
    assistant_service_id: i64,
    site_assistant_id: i64,
    tenant_member_id: Option<i64>,
    course_kind: String,
    income_seconds: i32,
    real_use_seconds: i32,
    ledger_amount: Decimal,
    create_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Tier {
    tier_name: String,
    min_hours: Decimal,
    base_course_price: Decimal,
    bonus_course_price: Decimal,
    sprint_bonus: Decimal,
}

/// Valid raw rows of the hall. Amounts by date: (coach, date, amount).
pub struct Raw {
    calendar: Calendar,
    today: NaiveDate,
    served: Vec<Served>,
    tiers: Vec<Tier>,
    recharge: Vec<(i64, NaiveDate, Decimal)>,
    goods: Vec<(i64, NaiveDate, Decimal)>,
    reward: Vec<(i64, NaiveDate, Decimal)>,
    deduction: Vec<(i64, NaiveDate, Decimal)>,
    balances: BTreeMap<i64, Decimal>,
    names: BTreeMap<i64, String>,
    pub coaches: Vec<i64>,
}

impl Raw {
    pub async fn load(etl: &PgPool, today: NaiveDate) -> Self {
        macro_rules! rows {
            ($query:literal) => {
                sqlx::query_as($query).bind(SITE).fetch_all(etl).await.unwrap()
            };
        }
        let balances: Vec<(i64, Decimal)> = rows!(
            "SELECT tenant_member_id, sum(balance) FROM dim.member_card_account
             WHERE site_id = $1 AND card_kind = 'stored' AND scd2_is_current = 1 GROUP BY 1"
        );
        let names: Vec<(i64, String)> =
            rows!("SELECT member_id, nickname FROM dim.member WHERE site_id = $1 AND scd2_is_current = 1");
        let coaches: Vec<(i64,)> =
            rows!("SELECT DISTINCT assistant_id FROM dim.assistant WHERE site_id = $1 ORDER BY 1");
        Self {
            calendar: Calendar::new("Asia/Shanghai", 8).unwrap(),
            today,
            served: rows!(
                "SELECT * FROM dwd.assistant_service_log WHERE site_id = $1 AND is_delete = 0
                 ORDER BY create_time DESC, assistant_service_id DESC"
            ),
            tiers: rows!("SELECT * FROM cfg.performance_tier WHERE site_id = $1 ORDER BY min_hours"),
            recharge: rows!(
                "SELECT assistant_id, stat_date, commission FROM dws.assistant_recharge_commission WHERE site_id = $1"
            ),
            goods: rows!(
                "SELECT assistant_id, stat_date, commission FROM dws.assistant_goods_commission WHERE site_id = $1"
            ),
            reward: rows!(
                "SELECT assistant_id, effective_date, amount FROM dws.salary_adjustment
                 WHERE site_id = $1 AND kind = 'reward' AND assistant_id IS NOT NULL"
            ),
            deduction: rows!(
                "SELECT assistant_id, effective_date, amount FROM dws.salary_adjustment
                 WHERE site_id = $1 AND kind = 'deduction' AND assistant_id IS NOT NULL"
            ),
            balances: balances.into_iter().collect(),
            names: names.into_iter().collect(),
            coaches: coaches.into_iter().map(|(id,)| id).collect(),
        }
    }

    fn day(&self, served: &Served) -> NaiveDate {
        self.calendar.business_date(served.create_time)
    }

    /// A coach's services of a month, newest first.
    fn of_month(&self, coach: i64, month: NaiveDate) -> Vec<&Served> {
        let within = |s: &&Served| s.site_assistant_id == coach && Calendar::month_of(self.day(s)) == month;
        self.served.iter().filter(within).collect()
    }

    fn extra(&self, of: &[(i64, NaiveDate, Decimal)], coach: i64, month: NaiveDate) -> Decimal {
        of.iter()
            .filter(|(who, on, _)| *who == coach && Calendar::month_of(*on) == month && *on <= self.today)
            .map(|(_, _, amount)| amount)
            .sum()
    }

    /// A member whom the coach ever served, and when first.
    fn first_served(&self, coach: i64) -> BTreeMap<i64, NaiveDate> {
        let mut first = BTreeMap::new();
        // Newest first: the last one written is the earliest.
        for served in self.served.iter().filter(|s| s.site_assistant_id == coach) {
            if let Some(member) = member(served) {
                first.insert(member, self.day(served));
            }
        }
        first
    }

    /// Seconds of a coach's base and bonus courses on these dates.
    fn seconds(&self, coach: i64, (from, to): (NaiveDate, NaiveDate)) -> (i64, i64) {
        let mine = self.served.iter().filter(|s| s.site_assistant_id == coach);
        let mine = mine.filter(|s| (from..=to).contains(&self.day(s)));
        mine.fold((0, 0), |(base, bonus), s| {
            let seconds = i64::from(s.income_seconds);
            if s.course_kind == "bonus" { (base, bonus + seconds) } else { (base + seconds, bonus) }
        })
    }

    /// What a coach worked on a business date, hours and income of base and of bonus courses, each rounded: at the prices of
    /// the tier that the month has reached by then.
    pub fn worked(&self, coach: i64, date: NaiveDate) -> [Decimal; 4] {
        let so_far = self.seconds(coach, (Calendar::month_of(date), date));
        let (base, bonus) = self.seconds(coach, (date, date));
        let hour = Decimal::from(3600);
        let reached = |t: &&Tier| t.min_hours * hour <= Decimal::from(so_far.0 + so_far.1);
        let tier = self.tiers.iter().rfind(reached).unwrap();
        let (base, bonus) = (Decimal::from(base), Decimal::from(bonus));
        [
            cents(base / hour),
            cents(bonus / hour),
            cents(base * tier.base_course_price / hour),
            cents(bonus * tier.bonus_course_price / hour),
        ]
    }

    /// The tier that a coach has reached in a month, and the hours of the next one.
    pub fn standing(&self, coach: i64, month: NaiveDate) -> (&str, Option<Decimal>) {
        let (base, bonus) = self.seconds(coach, (month, self.today));
        let exact = Decimal::from(base + bonus) / Decimal::from(3600);
        let at = self.tiers.iter().rposition(|tier| tier.min_hours <= exact).unwrap();
        (&self.tiers[at].tier_name, self.tiers.get(at + 1).map(|tier| tier.min_hours))
    }

    /// Pay of a month by the definitions.
    pub fn pay(&self, coach: i64, month: NaiveDate) -> BTreeMap<&'static str, Decimal> {
        let seconds = |kind: &str| -> Decimal {
            let of_kind = self.of_month(coach, month).into_iter().filter(|s| s.course_kind == kind);
            of_kind.map(|s| Decimal::from(s.income_seconds)).sum()
        };
        let (base, bonus) = (seconds("base"), seconds("bonus"));
        let hour = Decimal::from(3600);
        let tier = self.tiers.iter().rfind(|t| t.min_hours * hour <= base + bonus).unwrap();
        let mut pay = BTreeMap::from([
            ("baseHours", cents(base / hour)),
            ("bonusHours", cents(bonus / hour)),
            ("effectiveHours", cents((base + bonus) / hour)),
            ("baseRate", tier.base_course_price),
            ("bonusRate", tier.bonus_course_price),
            ("baseIncome", cents(base * tier.base_course_price / hour)),
            ("bonusIncome", cents(bonus * tier.bonus_course_price / hour)),
            ("rechargeCommission", self.extra(&self.recharge, coach, month)),
            ("goodsCommission", self.extra(&self.goods, coach, month)),
            ("sprintBonus", tier.sprint_bonus),
            ("reward", self.extra(&self.reward, coach, month)),
            ("deduction", self.extra(&self.deduction, coach, month)),
        ]);
        let parts =
            ["baseIncome", "bonusIncome", "rechargeCommission", "goodsCommission", "sprintBonus", "reward"];
        let gross: Decimal = parts.iter().map(|part| pay[part]).sum();
        pay.insert("gross", gross - pay["deduction"]);
        pay
    }
}

pub fn cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn member(served: &Served) -> Option<i64> {
    served.tenant_member_id.filter(|id| *id != 0)
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

fn sums(services: &[&Served]) -> (Decimal, Decimal) {
    let seconds: i64 = services.iter().map(|s| i64::from(s.income_seconds)).sum();
    (cents(Decimal::from(seconds) / Decimal::from(3600)), services.iter().map(|s| s.ledger_amount).sum())
}

fn month_is(raw: &Raw, coach: i64, month: NaiveDate, shown: &Value) {
    let what = format!("coach {coach}, {month}");
    assert_eq!(shown["degraded"], json!([]), "{what}");
    let before = Calendar::month_of(month - Days::new(1));
    for (field, of) in [("thisMonth", month), ("lastMonth", before)] {
        let pay = &shown[field];
        if pay.is_null() {
            // Only who left before that month has none.
            assert!(raw.of_month(coach, of).is_empty(), "{what}: {field}");
            continue;
        }
        for (figure, expected) in raw.pay(coach, of) {
            assert_eq!(number(&pay[figure]), expected, "{what}: {field}.{figure}");
        }
        assert_eq!(pay["month"], json!(of));
    }
    let services = raw.of_month(coach, month);
    let mut by_day: BTreeMap<NaiveDate, Vec<&Served>> = BTreeMap::new();
    let mut by_member: BTreeMap<i64, Vec<&Served>> = BTreeMap::new();
    for served in &services {
        by_day.entry(raw.day(served)).or_default().push(served);
        if let Some(member) = member(served) {
            by_member.entry(member).or_default().push(served);
        }
    }
    let days = shown["days"].as_array().unwrap();
    assert_eq!(days.len(), by_day.len(), "{what}");
    for (day, (date, of_day)) in days.iter().zip(&by_day) {
        assert_eq!((&day["date"], &day["count"]), (&json!(date), &json!(of_day.len())), "{what}");
        assert_eq!((number(&day["hours"]), number(&day["income"])), sums(of_day), "{what}: {date}");
    }
    let first = raw.first_served(coach);
    let mut seen = BTreeSet::new();
    for (list, new) in [("newCustomers", true), ("regularCustomers", false)] {
        for customer in shown[list].as_array().unwrap() {
            let id = customer["customerId"].as_i64().unwrap();
            assert!(seen.insert(id), "{what}: {id} twice");
            assert_eq!(Calendar::month_of(first[&id]) == month, new, "{what}: {id}");
            assert_eq!(customer["firstServiceDate"], json!(first[&id]), "{what}: {id}");
            assert_eq!(customer["name"], json!(raw.names.get(&id)), "{what}: {id}");
            assert_eq!(customer["serviceCount"], json!(by_member[&id].len()), "{what}: {id}");
            assert_eq!(
                (number(&customer["hours"]), number(&customer["income"])),
                sums(&by_member[&id]),
                "{what}: {id}"
            );
        }
    }
    assert_eq!(seen, by_member.keys().copied().collect(), "{what}");
    let hours =
        if shown["thisMonth"].is_null() { Decimal::ZERO } else { raw.pay(coach, month)["effectiveHours"] };
    assert_eq!(number(&shown["hours"]), hours, "{what}");
    let reached = raw.tiers.iter().rposition(|tier| tier.min_hours <= hours).unwrap();
    assert_eq!(shown["tierName"], raw.tiers[reached].tier_name, "{what}");
    match raw.tiers.get(reached + 1) {
        None => assert!(shown["nextTier"].is_null(), "{what}"),
        Some(next) => assert_eq!(number(&shown["nextTier"]["hoursToNext"]), next.min_hours - hours, "{what}"),
    }
}

/// All pages of the month's records, with pages that cut days in two.
async fn records_are(app: &App, token: &str, raw: &Raw, coach: i64, month: NaiveDate) {
    let services = raw.of_month(coach, month);
    let mut seen = Vec::new();
    for page in 1.. {
        let (year, of) = (month.year(), month.month());
        let path = format!(
            "/api/xcx/performance/records?year={year}&month={of}&assistantId={coach}&page={page}&pageSize=17"
        );
        let reply = app.get(token, &path).await;
        let data = reply.data();
        let (hours, income) = sums(&services);
        assert_eq!(data["summary"]["totalCount"], json!(services.len()));
        assert_eq!(
            (number(&data["summary"]["totalHours"]), number(&data["summary"]["totalIncome"])),
            (hours, income)
        );
        for day in data["list"].as_array().unwrap() {
            let of_day: Vec<&Served> =
                services.iter().filter(|s| json!(raw.day(s)) == day["date"]).copied().collect();
            assert_eq!(day["count"], json!(of_day.len()));
            assert_eq!((number(&day["hours"]), number(&day["income"])), sums(&of_day));
            seen.extend(day["records"].as_array().unwrap().clone());
        }
        assert_eq!(data["hasMore"], json!(seen.len() < services.len()));
        if data["hasMore"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), services.len());
    for (record, served) in seen.iter().zip(&services) {
        let one = |seconds: i32| cents(Decimal::from(seconds) / Decimal::from(3600));
        assert_eq!(record["id"], served.assistant_service_id);
        assert_eq!(record["customerId"], json!(member(served)));
        assert_eq!(record["customerName"], json!(member(served).and_then(|id| raw.names.get(&id))));
        assert_eq!(record["courseType"], if served.course_kind == "bonus" { "激励课" } else { "基础课" });
        assert_eq!(number(&record["hours"]), one(served.income_seconds));
        assert_eq!(number(&record["hoursRaw"]), one(served.real_use_seconds));
        assert_eq!(number(&record["income"]), served.ledger_amount);
    }
}

fn page_is(raw: &Raw, coach: i64, shown: &Value) {
    let what = format!("coach {coach}");
    assert_eq!(shown["degraded"], json!([]), "{what}");
    let current = Calendar::month_of(raw.today);
    let of_coach: Vec<&Served> = raw.served.iter().filter(|s| s.site_assistant_id == coach).collect();
    let newest: Vec<i64> = of_coach.iter().take(20).map(|s| s.assistant_service_id).collect();
    assert_eq!(ids(&shown["serviceRecords"]), newest, "{what}");
    // A pair is one with a service in the last 180 days.
    let since = raw.today - Days::new(179);
    let paired: BTreeSet<i64> =
        of_coach.iter().filter(|s| raw.day(s) >= since).filter_map(|s| member(s)).collect();
    let balance: Decimal = paired.iter().filter_map(|id| raw.balances.get(id)).sum();
    assert_eq!(number(&shown["performance"]["customerBalance"]), balance, "{what}");
    let top = shown["topCustomers"].as_array().unwrap();
    assert_eq!(top.len(), paired.len().min(20), "{what}");
    for customer in top {
        let id = customer["customerId"].as_i64().unwrap();
        assert!(paired.contains(&id), "{what}: {id}");
        let consumed: Decimal =
            of_coach.iter().filter(|s| member(s) == Some(id)).map(|s| s.ledger_amount).sum();
        assert_eq!(number(&customer["consume"]), consumed, "{what}: {id}");
        assert_eq!(customer["name"], json!(raw.names.get(&id)), "{what}: {id}");
        match raw.balances.get(&id) {
            Some(balance) => assert_eq!(number(&customer["balance"]), *balance, "{what}: {id}"),
            None => assert!(customer["balance"].is_null(), "{what}: {id}"),
        }
    }
    let mut first = current;
    for month in shown["historyMonths"].as_array().unwrap() {
        assert_eq!(month["month"], first.format("%Y-%m").to_string(), "{what}");
        let services = raw.of_month(coach, first);
        let members: BTreeSet<i64> = services.iter().filter_map(|s| member(s)).collect();
        assert_eq!(month["customersCount"], json!(members.len()), "{what} {first}");
        if month["salaryAmount"].is_null() {
            assert!(services.is_empty(), "{what} {first}");
        } else {
            let pay = raw.pay(coach, first);
            assert_eq!(number(&month["salaryAmount"]), pay["gross"], "{what} {first}");
            assert_eq!(number(&month["hoursValue"]), pay["effectiveHours"], "{what} {first}");
        }
        first = Calendar::month_of(first - Days::new(1));
    }
    for (list, month) in [("thisMonth", current), ("lastMonth", Calendar::month_of(current - Days::new(1)))] {
        let pay = raw.pay(coach, month);
        let figures = ["baseIncome", "bonusIncome", "rechargeCommission", "goodsCommission"];
        for (item, figure) in shown["income"][list].as_array().unwrap().iter().zip(figures) {
            assert_eq!(number(&item["amount"]), pay[figure], "{what}: {list} {}", item["label"]);
        }
    }
}

#[tokio::test]
async fn a_coach_s_pages_are_the_raw_rows() {
    for seed in [31, 32] {
        let app = App::new().await;
        set_now(&app.dbs, NIGHT).await;
        let (_, today) = world::now(&app.dbs).await;
        let spec = ChainSpec { sites: 2, coaches: 5, members: 60, days: 75, seed, last_day: today };
        reference::seed(app.dbs.etl_owner(), &spec, &|_| {}).await.unwrap();
        Site { site_id: SITE, ..Site::default() }.insert(&app.dbs).await.unwrap();
        let manager = User::manager(SITE).insert(&app.dbs).await.unwrap();
        let token = app.token(manager, SITE);
        let raw = Raw::load(app.dbs.etl_owner(), today).await;
        assert_eq!(raw.coaches.len(), 5);
        let current = Calendar::month_of(today);
        for coach in &raw.coaches {
            // The chain begins in January: its pay has whole months from then on.
            for month in [current, Calendar::month_of(current - Days::new(1))] {
                let (year, of) = (month.year(), month.month());
                let path = format!("/api/xcx/performance?year={year}&month={of}&assistantId={coach}");
                month_is(&raw, *coach, month, app.get(&token, &path).await.data());
                records_are(&app, &token, &raw, *coach, month).await;
            }
            page_is(&raw, *coach, app.get(&token, &format!("/api/xcx/coaches/{coach}")).await.data());
        }
    }
}
