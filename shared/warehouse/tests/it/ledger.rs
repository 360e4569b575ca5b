//! Raw rows of a hall, for figures made once more, slowly and in Rust.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{Calendar, Money};
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::{FromRow, PgPool};

#[derive(Clone, FromRow)]
pub struct Settled {
    pub order_settle_id: i64,
    pub member_id: Option<i64>,
    pub site_table_id: Option<i64>,
    pub table_charge_money: Decimal,
    pub goods_money: Decimal,
    pub ledger_amount: Decimal,
    pub discount_amount: Decimal,
    pub cash_paid: Decimal,
    pub online_paid: Decimal,
    pub groupbuy_paid: Decimal,
    pub create_time: DateTime<Utc>,
}

#[derive(Clone, FromRow)]
pub struct Served {
    pub assistant_service_id: i64,
    pub order_settle_id: i64,
    pub site_assistant_id: i64,
    pub tenant_member_id: Option<i64>,
    pub site_table_id: Option<i64>,
    pub course_kind: String,
    pub income_seconds: i32,
    pub ledger_amount: Decimal,
    pub create_time: DateTime<Utc>,
}

#[derive(Clone, FromRow)]
pub struct Recharged {
    pub recharge_order_id: i64,
    pub member_id: i64,
    pub assistant_id: Option<i64>,
    pub pay_amount: Decimal,
    pub create_time: DateTime<Utc>,
}

/// A hall's valid rows.
pub struct Ledger {
    pub calendar: Calendar,
    pub settled: Vec<Settled>,
    pub served: Vec<Served>,
    pub recharged: Vec<Recharged>,
    /// Member and what is on their stored-value cards now.
    pub balances: BTreeMap<i64, Decimal>,
    /// Names in force now.
    pub members: BTreeMap<i64, String>,
    pub coaches: BTreeMap<i64, String>,
    /// Date, platform, settled.
    pub platforms: Vec<(NaiveDate, String, Decimal)>,
}

pub fn hours(seconds: i64) -> Decimal {
    (Decimal::from(seconds) / Decimal::from(3600))
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

impl Ledger {
    pub async fn load(pool: &PgPool, site: i64, calendar: Calendar) -> sqlx::Result<Self> {
        macro_rules! rows {
            ($query:literal) => {
                sqlx::query_as($query).bind(site).fetch_all(pool).await?
            };
        }
        let balances: Vec<(i64, Decimal)> = rows!(
            "SELECT tenant_member_id, sum(balance) FROM dim.member_card_account
             WHERE site_id = $1 AND card_kind = 'stored' AND scd2_is_current = 1 GROUP BY 1"
        );
        let members: Vec<(i64, String)> =
            rows!("SELECT member_id, nickname FROM dim.member WHERE site_id = $1 AND scd2_is_current = 1");
        let coaches: Vec<(i64, String)> = rows!(
            "SELECT assistant_id, coalesce(nickname, real_name) FROM dim.assistant WHERE site_id = $1 AND scd2_is_current = 1"
        );
        Ok(Self {
            calendar,
            settled: rows!(
                "SELECT * FROM dwd.settlement WHERE site_id = $1 AND is_delete = 0 AND settle_type IN (1, 3)
                 ORDER BY create_time DESC, order_settle_id DESC"
            ),
            served: rows!(
                "SELECT * FROM dwd.assistant_service_log WHERE site_id = $1 AND is_delete = 0
                 ORDER BY create_time DESC, assistant_service_id DESC"
            ),
            recharged: rows!("SELECT * FROM dwd.recharge_order WHERE site_id = $1 AND is_delete = 0"),
            balances: balances.into_iter().collect(),
            members: members.into_iter().collect(),
            coaches: coaches.into_iter().collect(),
            platforms: rows!(
                "SELECT stat_date, platform, settled_amount FROM dws.platform_settlement WHERE site_id = $1"
            ),
        })
    }

    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        self.calendar.business_date(at)
    }

    /// Business dates on which each member consumed.
    pub fn visits(&self) -> BTreeMap<i64, BTreeSet<NaiveDate>> {
        let mut visits = BTreeMap::<i64, BTreeSet<NaiveDate>>::new();
        for s in &self.settled {
            if let Some(member) = s.member_id.filter(|member| *member != 0) {
                visits.entry(member).or_default().insert(self.day(s.create_time));
            }
        }
        visits
    }

    /// What each member spent from a date on.
    pub fn spent(&self, from: NaiveDate) -> BTreeMap<i64, Money> {
        let mut spent = BTreeMap::<i64, Decimal>::new();
        for s in self.settled.iter().filter(|s| self.day(s.create_time) >= from) {
            if let Some(member) = s.member_id.filter(|member| *member != 0) {
                *spent.entry(member).or_default() += s.ledger_amount;
            }
        }
        spent.into_iter().map(|(member, amount)| (member, Money::new(amount))).collect()
    }

    /// Valid services of a coach from one business date to another, newest first.
    pub fn services(&self, coach: i64, first: NaiveDate, last: NaiveDate) -> Vec<&Served> {
        let within =
            |s: &&Served| s.site_assistant_id == coach && (first..=last).contains(&self.day(s.create_time));
        self.served.iter().filter(within).collect()
    }

    /// Somebody with both services and recharges.
    pub fn busiest_member(&self) -> i64 {
        let mut counts = BTreeMap::<i64, usize>::new();
        for s in self.served.iter().filter_map(|s| s.tenant_member_id.filter(|m| *m != 0)) {
            if self.recharged.iter().any(|r| r.member_id == s && r.assistant_id.is_some()) {
                *counts.entry(s).or_default() += 1;
            }
        }
        counts.into_iter().max_by_key(|(member, count)| (*count, *member)).expect("a member").0
    }
}

/// "Last n days" before and with `today`: the first of them.
pub fn since(today: NaiveDate, n: u64) -> NaiveDate {
    today - Days::new(n - 1)
}
