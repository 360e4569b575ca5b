//! Coaches' days and the hall's money once more, slowly and in Rust, from all raw rows of a hall.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::Calendar;
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::{FromRow, PgPool};

use crate::oracle::Hall;

#[derive(FromRow)]
struct Settled {
    order_settle_id: i64,
    member_id: Option<i64>,
    site_table_id: Option<i64>,
    table_charge_money: Decimal,
    goods_money: Decimal,
    assistant_pd_money: Decimal,
    assistant_cx_money: Decimal,
    ledger_amount: Decimal,
    discount_amount: Decimal,
    card_paid: Decimal,
    cash_paid: Decimal,
    online_paid: Decimal,
    groupbuy_paid: Decimal,
    create_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Served {
    order_settle_id: i64,
    site_assistant_id: i64,
    tenant_member_id: Option<i64>,
    course_kind: String,
    income_seconds: i32,
    ledger_amount: Decimal,
    start_use_time: DateTime<Utc>,
    create_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Recharged {
    card_kind: String,
    pay_amount: Decimal,
    is_first: bool,
    create_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Card {
    card_account_id: i64,
    card_kind: String,
    balance: Decimal,
    scd2_start_time: DateTime<Utc>,
    scd2_end_time: Option<DateTime<Utc>>,
}

/// A day of a coach: seconds of base and bonus, services, members, billed.
#[derive(Default)]
struct Day {
    base: i64,
    bonus: i64,
    services: i32,
    members: BTreeSet<i64>,
    billed: Decimal,
}

/// A hall's valid rows as they lie in the tables.
pub struct Books {
    calendar: Calendar,
    settled: Vec<Settled>,
    served: Vec<Served>,
    recharged: Vec<Recharged>,
    cards: Vec<Card>,
    discounts: Vec<(i64, String, Decimal)>,
    areas: BTreeMap<i64, String>,
    expenses: Vec<(NaiveDate, String, String, Decimal)>,
    platforms: Vec<(NaiveDate, String, Decimal, Decimal)>,
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

impl Books {
    pub async fn load(pool: &PgPool, site: i64, calendar: Calendar) -> sqlx::Result<Self> {
        macro_rules! rows {
            ($query:literal) => {
                sqlx::query_as($query).bind(site).fetch_all(pool).await?
            };
        }
        let areas: Vec<(i64, String)> =
            rows!("SELECT site_table_id, area_name FROM dim.site_table WHERE site_id = $1");
        Ok(Self {
            calendar,
            settled: rows!(
                "SELECT * FROM dwd.settlement WHERE site_id = $1 AND is_delete = 0 AND settle_type IN (1, 3)"
            ),
            served: rows!("SELECT * FROM dwd.assistant_service_log WHERE site_id = $1 AND is_delete = 0"),
            recharged: rows!("SELECT * FROM dwd.recharge_order WHERE site_id = $1 AND is_delete = 0"),
            cards: rows!("SELECT * FROM dim.member_card_account WHERE site_id = $1 ORDER BY scd2_start_time"),
            discounts: rows!(
                "SELECT order_settle_id, discount_type, amount FROM dwd.discount WHERE site_id = $1 AND is_delete = 0"
            ),
            areas: areas.into_iter().collect(),
            expenses: rows!(
                "SELECT expense_date, expense_group, item_name, amount FROM dwd.expense WHERE site_id = $1"
            ),
            platforms: rows!(
                "SELECT stat_date, platform, settled_amount, service_fee FROM dws.platform_settlement WHERE site_id = $1"
            ),
        })
    }

    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        self.calendar.business_date(at)
    }

    fn settled_on(&self, d: NaiveDate) -> impl Iterator<Item = &Settled> {
        self.settled.iter().filter(move |s| self.day(s.create_time) == d)
    }

    fn coach_days(&self, d: NaiveDate) -> BTreeMap<i64, Day> {
        let mut days = BTreeMap::<i64, Day>::new();
        for s in self.served.iter().filter(|s| self.day(s.create_time) == d) {
            let day = days.entry(s.site_assistant_id).or_default();
            let seconds = if s.course_kind == "base" { &mut day.base } else { &mut day.bonus };
            *seconds += i64::from(s.income_seconds);
            day.services += 1;
            day.billed += s.ledger_amount;
            day.members.extend(s.tenant_member_id.filter(|member| *member != 0));
        }
        days
    }

    fn held(&self, kind: &str, d: NaiveDate) -> Decimal {
        let ends = self.calendar.range(d, d).end;
        self.cards
            .iter()
            .filter(|c| {
                c.card_kind == kind && c.scd2_start_time < ends && c.scd2_end_time.is_none_or(|e| e >= ends)
            })
            .map(|c| c.balance)
            .sum()
    }

    /// What came onto gift cards of a kind on a date, and what went off them.
    fn moved(&self, kind: &str, d: NaiveDate) -> (Decimal, Decimal) {
        let mut before = BTreeMap::<i64, Decimal>::new();
        let (mut added, mut taken) = (Decimal::ZERO, Decimal::ZERO);
        for card in self.cards.iter().filter(|c| c.card_kind == kind) {
            let by = card.balance - before.insert(card.card_account_id, card.balance).unwrap_or_default();
            if self.day(card.scd2_start_time) == d {
                *(if by > Decimal::ZERO { &mut added } else { &mut taken }) += by.abs();
            }
        }
        (added, taken)
    }

    /// Every derived row of one date equals the one made here, to the cent.
    pub async fn agree(&self, pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate) {
        let at = format!("site {site} on {d}");
        self.visits_agree(pool, site, d, &at).await;
        self.coach_days_agree(pool, hall, site, d, &at).await;
        self.customers_agree(pool, site, d, &at).await;
        self.cards_agree(pool, site, d, &at).await;
        self.structure_agrees(pool, site, d, &at).await;
        let spent = self.expenses_agree(pool, hall, site, d, &at).await;
        self.summary_agrees(pool, site, d, spent, &at).await;
    }

    async fn visits_agree(&self, pool: &PgPool, site: i64, d: NaiveDate, at: &str) {
        type Row = (i64, i64, Option<i64>, Decimal, Option<i32>);
        let stored: Vec<Row> = sqlx::query_as(
            "SELECT order_settle_id, member_id, site_table_id, consume_amount, stay_minutes
             FROM dws.member_visit_detail WHERE site_id = $1 AND visit_date = $2 ORDER BY 1",
        )
        .bind(site)
        .bind(d)
        .fetch_all(pool)
        .await
        .expect("visits can be read");
        let mut visits: Vec<Row> = self
            .settled_on(d)
            .filter_map(|s| {
                let began = self.served.iter().filter(|l| l.order_settle_id == s.order_settle_id);
                let stay =
                    began.map(|l| l.start_use_time).min().map(|began| (s.create_time - began).num_minutes());
                let member = s.member_id.filter(|member| *member != 0)?;
                Some((
                    s.order_settle_id,
                    member,
                    s.site_table_id,
                    s.ledger_amount,
                    stay.map(|m| i32::try_from(m).expect("a night")),
                ))
            })
            .collect();
        visits.sort_unstable();
        assert_eq!(stored, visits, "visits, {at}");
    }

    async fn coach_days_agree(&self, pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate, at: &str) {
        type Row = (i64, Decimal, Decimal, Decimal, Decimal, i32, i32, Decimal);
        let stored: Vec<Row> = sqlx::query_as(
            "SELECT assistant_id, base_hours, bonus_hours, base_income, bonus_income, service_count, customer_count,
                    total_ledger_amount
             FROM dws.assistant_daily_detail WHERE site_id = $1 AND stat_date = $2 ORDER BY 1",
        )
        .bind(site)
        .bind(d)
        .fetch_all(pool)
        .await
        .expect("days can be read");
        let mut days = self.coach_days(d);
        let ends = self.calendar.range(d, d).end;
        for c in &hall.coaches {
            if c.from < ends && c.to.is_none_or(|to| to >= ends) && c.resigned.is_none_or(|left| left >= d) {
                days.entry(c.coach).or_default();
            }
        }
        let pay = hall.pay(d);
        let hour = Decimal::from(3600);
        let rows: Vec<Row> = days
            .into_iter()
            .map(|(coach, day)| {
                let reached = pay.get(&coach).and_then(|pay| pay.tier);
                let tier = hall.tiers.iter().find(|tier| Some(tier.id) == reached);
                let income = |seconds: i64, price: Option<Decimal>| {
                    cents(Decimal::from(seconds) * price.unwrap_or_default() / hour)
                };
                (
                    coach,
                    cents(Decimal::from(day.base) / hour),
                    cents(Decimal::from(day.bonus) / hour),
                    income(day.base, tier.map(|tier| tier.base)),
                    income(day.bonus, tier.map(|tier| tier.bonus)),
                    day.services,
                    i32::try_from(day.members.len()).expect("a few members"),
                    day.billed,
                )
            })
            .collect();
        assert_eq!(stored, rows, "coaches' days, {at}");
    }

    async fn customers_agree(&self, pool: &PgPool, site: i64, d: NaiveDate, at: &str) {
        type Row = (i64, i64, i32, Decimal, Decimal, NaiveDate, NaiveDate);
        let stored: Vec<Row> = sqlx::query_as(
            "SELECT assistant_id, member_id, service_count_total, hours_total, ledger_amount_total, first_service_date,
                    last_service_date
             FROM dws.assistant_customer_stats WHERE site_id = $1 AND stat_date = $2 ORDER BY 1, 2",
        )
        .bind(site)
        .bind(d)
        .fetch_all(pool)
        .await
        .expect("pairs can be read");
        let mut pairs = BTreeMap::<(i64, i64), (i32, i64, Decimal, NaiveDate, NaiveDate)>::new();
        for s in self.served.iter().filter(|s| self.day(s.create_time) <= d) {
            let Some(member) = s.tenant_member_id.filter(|member| *member != 0) else { continue };
            let day = self.day(s.create_time);
            let pair = pairs.entry((s.site_assistant_id, member)).or_insert((0, 0, Decimal::ZERO, day, day));
            pair.0 += 1;
            pair.1 += i64::from(s.income_seconds);
            pair.2 += s.ledger_amount;
            (pair.3, pair.4) = (pair.3.min(day), pair.4.max(day));
        }
        let rows: Vec<Row> = pairs
            .into_iter()
            .map(|((coach, member), p)| {
                (coach, member, p.0, cents(Decimal::from(p.1) / Decimal::from(3600)), p.2, p.3, p.4)
            })
            .collect();
        assert_eq!(stored, rows, "pairs, {at}");
    }

    async fn cards_agree(&self, pool: &PgPool, site: i64, d: NaiveDate, at: &str) {
        type Row = (String, Decimal, Decimal, Decimal, Decimal, Decimal);
        let stored: Vec<Row> = sqlx::query_as(
            "SELECT card_kind, new_amount, first_amount, renew_amount, consumed_amount, balance
             FROM dws.finance_recharge_summary WHERE site_id = $1 AND stat_date = $2 ORDER BY card_kind COLLATE \"C\"",
        )
        .bind(site)
        .bind(d)
        .fetch_all(pool)
        .await
        .expect("cards can be read");
        let paid = |first: bool| -> Decimal {
            let mine = |r: &&Recharged| {
                r.card_kind == "stored" && r.is_first == first && self.day(r.create_time) == d
            };
            self.recharged.iter().filter(mine).map(|r| r.pay_amount).sum()
        };
        let rows: Vec<Row> = ["gift_drink", "gift_table", "gift_voucher", "stored"]
            .into_iter()
            .map(|kind| {
                let held = self.held(kind, d);
                if kind == "stored" {
                    let taken = self.settled_on(d).map(|s| s.card_paid).sum();
                    (kind.to_owned(), paid(true) + paid(false), paid(true), paid(false), taken, held)
                } else {
                    let (added, taken) = self.moved(kind, d);
                    (kind.to_owned(), added, Decimal::ZERO, Decimal::ZERO, taken, held)
                }
            })
            .collect();
        assert_eq!(stored, rows, "cards, {at}");
    }

    async fn structure_agrees(&self, pool: &PgPool, site: i64, d: NaiveDate, at: &str) {
        let mut areas = BTreeMap::<String, (Decimal, Decimal)>::new();
        let mut items = BTreeMap::<String, (Decimal, Decimal)>::new();
        let mut kinds = BTreeMap::<String, Decimal>::new();
        for s in self.settled_on(d) {
            let area =
                s.site_table_id.and_then(|table| self.areas.get(&table)).map_or("其他", String::as_str);
            let area = areas.entry(area.to_owned()).or_default();
            *area = (area.0 + s.ledger_amount, area.1 + s.discount_amount);
            let parts = [
                ("台费", s.table_charge_money),
                ("酒水", s.goods_money),
                ("基础课", s.assistant_pd_money),
                ("激励课", s.assistant_cx_money),
            ];
            let (mut up_to, mut borne) = (Decimal::ZERO, Decimal::ZERO);
            for (item, amount) in parts {
                up_to += amount;
                let by_now = if s.ledger_amount == Decimal::ZERO {
                    s.discount_amount
                } else {
                    cents(s.discount_amount * up_to / s.ledger_amount)
                };
                let entry = items.entry(item.to_owned()).or_default();
                *entry = (entry.0 + amount, entry.1 + by_now - borne);
                borne = by_now;
            }
            for (_, kind, amount) in self.discounts.iter().filter(|x| x.0 == s.order_settle_id) {
                *kinds.entry(kind.clone()).or_default() += *amount;
            }
        }
        items.retain(|_, sums| *sums != (Decimal::ZERO, Decimal::ZERO));
        for (dimension, oracle) in [("area", areas), ("item", items)] {
            let stored: Vec<(String, Decimal, Decimal, Decimal)> = sqlx::query_as(
                "SELECT category_name, gross_amount, discount_amount, net_amount FROM dws.finance_income_structure
                 WHERE site_id = $1 AND stat_date = $2 AND dimension = $3 ORDER BY category_name COLLATE \"C\"",
            )
            .bind(site)
            .bind(d)
            .bind(dimension)
            .fetch_all(pool)
            .await
            .expect("the structure can be read");
            let rows: Vec<_> = oracle.into_iter().map(|(name, (g, x))| (name, g, x, g - x)).collect();
            assert_eq!(stored, rows, "income by {dimension}, {at}");
        }
        let stored: Vec<(String, Decimal)> = sqlx::query_as(
            "SELECT discount_type, amount FROM dws.finance_discount_detail
             WHERE site_id = $1 AND stat_date = $2 ORDER BY discount_type COLLATE \"C\"",
        )
        .bind(site)
        .bind(d)
        .fetch_all(pool)
        .await
        .expect("discounts can be read");
        assert_eq!(stored, kinds.into_iter().collect::<Vec<_>>(), "discounts, {at}");
    }

    /// Returns what was spent.
    async fn expenses_agree(&self, pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate, at: &str) -> Decimal {
        let stored: Vec<(String, Decimal)> = sqlx::query_as(
            "SELECT expense_group, sum(amount) FROM dws.finance_expense_summary
             WHERE site_id = $1 AND stat_date = $2 GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY expense_group COLLATE \"C\"",
        )
        .bind(site)
        .bind(d)
        .fetch_all(pool)
        .await
        .expect("expenses can be read");
        let pay = |d: NaiveDate| hall.pay(d).values().map(|pay| pay.gross).sum::<Decimal>();
        let yesterday = d.pred_opt().expect("a day before");
        let paid_before = if yesterday.month() == d.month() { pay(yesterday) } else { Decimal::ZERO };
        let mut groups = BTreeMap::from([("coach".to_owned(), pay(d) - paid_before)]);
        for (_, group, _, amount) in self.expenses.iter().filter(|e| e.0 == d) {
            *groups.entry(group.clone()).or_default() += *amount;
        }
        for (.., fee) in self.platforms.iter().filter(|p| p.0 == d) {
            *groups.entry("platform".to_owned()).or_default() += *fee;
        }
        groups.retain(|_, sum| *sum != Decimal::ZERO);
        assert_eq!(stored, groups.clone().into_iter().collect::<Vec<_>>(), "expenses, {at}");
        groups.values().sum()
    }

    async fn summary_agrees(&self, pool: &PgPool, site: i64, d: NaiveDate, spent: Decimal, at: &str) {
        type Row = (Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal);
        let stored: Row = sqlx::query_as(
            "SELECT gross_amount, discount_amount, confirmed_income, cash_in, cash_out, recharge_in, card_consumed
             FROM dws.finance_daily_summary WHERE site_id = $1 AND stat_date = $2",
        )
        .bind(site)
        .bind(d)
        .fetch_one(pool)
        .await
        .expect("the day has a row");
        let sum = |of: fn(&Settled) -> Decimal| self.settled_on(d).map(of).sum::<Decimal>();
        let (gross, discount) = (sum(|s| s.ledger_amount), sum(|s| s.discount_amount));
        let recharged = self
            .recharged
            .iter()
            .filter(|r| self.day(r.create_time) == d)
            .map(|r| r.pay_amount)
            .sum::<Decimal>();
        let statements: Vec<_> = self.platforms.iter().filter(|p| p.0 == d).collect();
        let groupbuy = if statements.is_empty() {
            sum(|s| s.groupbuy_paid)
        } else {
            statements.iter().map(|p| p.2).sum()
        };
        let cash_in = sum(|s| s.cash_paid + s.online_paid) + recharged + groupbuy;
        let row = (gross, discount, gross - discount, cash_in, spent, recharged, sum(|s| s.card_paid));
        assert_eq!(stored, row, "the day's money, {at}");
    }
}
