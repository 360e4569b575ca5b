//! The definitions once more, slowly and in Rust: every figure of a date from all raw rows of a hall.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::Calendar;
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::PgPool;

type Scores<K> = BTreeMap<K, f64>;

pub struct Settled {
    pub table: bool,
    pub member: i64,
    pub amount: Decimal,
    pub day: NaiveDate,
}

pub struct Served {
    pub coach: i64,
    pub member: Option<i64>,
    pub bonus: bool,
    pub seconds: i64,
    pub at: DateTime<Utc>,
    pub day: NaiveDate,
}

pub struct Recharged {
    pub member: i64,
    pub paid: Decimal,
    pub day: NaiveDate,
}

pub struct CoachVersion {
    pub coach: i64,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub resigned: Option<NaiveDate>,
}

pub struct Tier {
    pub id: i64,
    pub min_hours: Decimal,
    pub base: Decimal,
    pub bonus: Decimal,
    pub sprint: Decimal,
}

// Rows as they are read, in the order of the queries' columns.
type SettledRow = (i16, Option<i64>, Decimal, DateTime<Utc>, i16);
type ServedRow = (i64, Option<i64>, String, i32, DateTime<Utc>, i16);
type CoachRow = (i64, DateTime<Utc>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Commission or correction: coach, date, signed amount.
pub type Extra = (i64, NaiveDate, Decimal);

/// A hall's valid rows: no void, no walk-in among members, nothing but consumption among settlements.
pub struct Hall {
    pub calendar: Calendar,
    pub settled: Vec<Settled>,
    pub served: Vec<Served>,
    pub recharged: Vec<Recharged>,
    pub registered: BTreeMap<i64, NaiveDate>,
    pub coaches: Vec<CoachVersion>,
    pub tiers: Vec<Tier>,
    pub extras: Vec<Extra>,
}

#[derive(Debug, PartialEq)]
pub struct Summary {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub visits: i64,
    pub tables: i64,
    pub amount: Decimal,
    pub visits_60d: i64,
    pub amount_60d: Decimal,
}

#[derive(Debug)]
pub struct Relation {
    pub rs: f64,
    pub services_60d: i64,
    pub seconds_60d: i64,
    pub last: DateTime<Utc>,
}

#[derive(Debug, PartialEq)]
pub struct Pay {
    pub tier: Option<i64>,
    pub base_seconds: i64,
    pub bonus_seconds: i64,
    pub gross: Decimal,
}

impl Hall {
    pub async fn load(pool: &PgPool, site: i64) -> sqlx::Result<Self> {
        let (zone, cutoff): (String, i16) =
            sqlx::query_as("SELECT timezone, business_day_cutoff_hour FROM dim.site WHERE site_id = $1")
                .bind(site)
                .fetch_one(pool)
                .await?;
        let calendar = Calendar::new(&zone, cutoff).expect("a sound calendar");
        let day = |at| calendar.business_date(at);
        let settled: Vec<SettledRow> = sqlx::query_as(
            "SELECT settle_type, member_id, ledger_amount, create_time, is_delete FROM dwd.settlement WHERE site_id = $1",
        )
        .bind(site)
        .fetch_all(pool)
        .await?;
        let served: Vec<ServedRow> = sqlx::query_as(
            "SELECT site_assistant_id, tenant_member_id, course_kind, income_seconds, create_time, is_delete
             FROM dwd.assistant_service_log WHERE site_id = $1",
        )
        .bind(site)
        .fetch_all(pool)
        .await?;
        let recharged: Vec<(i64, Decimal, DateTime<Utc>, i16)> = sqlx::query_as(
            "SELECT member_id, pay_amount, create_time, is_delete FROM dwd.recharge_order WHERE site_id = $1",
        )
        .bind(site)
        .fetch_all(pool)
        .await?;
        let registered: Vec<(i64, DateTime<Utc>)> =
            sqlx::query_as("SELECT member_id, register_time FROM dim.member WHERE site_id = $1")
                .bind(site)
                .fetch_all(pool)
                .await?;
        let coaches: Vec<CoachRow> = sqlx::query_as(
            "SELECT assistant_id, scd2_start_time, scd2_end_time, resign_time FROM dim.assistant WHERE site_id = $1",
        )
        .bind(site)
        .fetch_all(pool)
        .await?;
        let tiers: Vec<(i64, Decimal, Decimal, Decimal, Decimal)> = sqlx::query_as(
            "SELECT tier_id, min_hours, base_course_price, bonus_course_price, sprint_bonus
             FROM cfg.performance_tier WHERE site_id = $1",
        )
        .bind(site)
        .fetch_all(pool)
        .await?;
        let extras: Vec<Extra> = sqlx::query_as(
            "SELECT assistant_id, stat_date, commission FROM dws.assistant_recharge_commission WHERE site_id = $1
             UNION ALL SELECT assistant_id, stat_date, commission FROM dws.assistant_goods_commission WHERE site_id = $1
             UNION ALL SELECT assistant_id, effective_date, CASE kind WHEN 'reward' THEN amount ELSE -amount END
             FROM dws.salary_adjustment WHERE site_id = $1 AND kind IN ('reward', 'deduction')",
        )
        .bind(site)
        .fetch_all(pool)
        .await?;
        Ok(Self {
            calendar,
            settled: settled
                .into_iter()
                .filter(|s| s.4 == 0 && (s.0 == 1 || s.0 == 3))
                .filter_map(|s| {
                    let member = s.1.filter(|m| *m != 0)?;
                    Some(Settled { table: s.0 == 1, member, amount: s.2, day: day(s.3) })
                })
                .collect(),
            served: served
                .into_iter()
                .filter(|s| s.5 == 0)
                .map(|s| Served {
                    coach: s.0,
                    member: s.1.filter(|m| *m != 0),
                    bonus: s.2 == "bonus",
                    seconds: s.3.into(),
                    at: s.4,
                    day: day(s.4),
                })
                .collect(),
            recharged: recharged
                .into_iter()
                .filter(|r| r.3 == 0)
                .map(|r| Recharged { member: r.0, paid: r.1, day: day(r.2) })
                .collect(),
            registered: registered.into_iter().map(|m| (m.0, day(m.1))).collect(),
            coaches: coaches
                .into_iter()
                .map(|c| CoachVersion { coach: c.0, from: c.1, to: c.2, resigned: c.3.map(day) })
                .collect(),
            tiers: tiers
                .into_iter()
                .map(|t| Tier { id: t.0, min_hours: t.1, base: t.2, bonus: t.3, sprint: t.4 })
                .collect(),
            extras,
        })
    }

    /// Ages in days of each member's visits within a window, newest first.
    fn visits(&self, d: NaiveDate, window: i64) -> BTreeMap<i64, BTreeSet<i64>> {
        let mut visits = BTreeMap::<i64, BTreeSet<i64>>::new();
        for s in &self.settled {
            let age = (d - s.day).num_days();
            if (0..window).contains(&age) {
                visits.entry(s.member).or_default().insert(age);
            }
        }
        visits
    }

    fn spend(&self, member: i64, d: NaiveDate, window: i64) -> Decimal {
        let within = |s: &&Settled| s.member == member && (0..window).contains(&(d - s.day).num_days());
        self.settled.iter().filter(within).map(|s| s.amount).sum()
    }

    fn recharge(&self, member: i64, d: NaiveDate, window: i64) -> Decimal {
        let within = |r: &&Recharged| r.member == member && (0..window).contains(&(d - r.day).num_days());
        self.recharged.iter().filter(within).map(|r| r.paid).sum()
    }

    pub fn relation(&self, d: NaiveDate) -> BTreeMap<(i64, i64), Relation> {
        let mut pairs = BTreeMap::<(i64, i64), (f64, Relation)>::new();
        for s in &self.served {
            let age = (d - s.day).num_days();
            let (Some(member), 0..180) = (s.member, age) else { continue };
            let (sum, relation) = pairs
                .entry((s.coach, member))
                .or_insert((0.0, Relation { rs: 0.0, services_60d: 0, seconds_60d: 0, last: s.at }));
            relation.last = relation.last.max(s.at);
            if age < 60 {
                let hours = s.seconds as f64 / 3600.0 * if s.bonus { 1.5 } else { 1.0 };
                *sum += fade(age, 21.0) * hours;
                relation.services_60d += 1;
                relation.seconds_60d += s.seconds;
            }
        }
        let rs = clamp10(pairs.iter().map(|(pair, (sum, _))| (*pair, (1.0 + sum).ln())).collect());
        pairs
            .into_iter()
            .map(|(pair, (_, relation))| (pair, Relation { rs: rs[&pair], ..relation }))
            .collect()
    }

    pub fn stickiness(&self, d: NaiveDate) -> Scores<i64> {
        let raw = self.visits(d, 180).into_iter().map(|(member, ages)| {
            (member, (1.0 + ages.iter().map(|age| fade(*age, 30.0)).sum::<f64>()).ln())
        });
        clamp10(raw.collect())
    }

    /// Score and rhythm.
    pub fn winback(&self, d: NaiveDate) -> BTreeMap<i64, (f64, f64)> {
        let mut gaps = BTreeMap::new();
        let mut raw = BTreeMap::new();
        for (member, ages) in self.visits(d, 180) {
            let ages: Vec<i64> = ages.into_iter().collect();
            if ages.len() < 2 {
                continue;
            }
            let mut between: Vec<f64> = ages.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
            between.sort_by(f64::total_cmp);
            let gap = percentile(&between, 50).max(3.0);
            let overdue = (ages[0] as f64 / gap - 1.0).max(0.0);
            gaps.insert(member, gap);
            raw.insert(member, (1.0 + overdue).ln() * (1.0 + float(self.spend(member, d, 180))).ln());
        }
        clamp10(raw).into_iter().map(|(member, score)| (member, (score, gaps[&member]))).collect()
    }

    pub fn newconv(&self, d: NaiveDate) -> Scores<i64> {
        let visits = self.visits(d, i64::MAX);
        let raw = self.registered.iter().filter_map(|(member, registered)| {
            let age = (d - *registered).num_days();
            let visits = visits.get(member).map_or(0, BTreeSet::len);
            let recharged = float(self.recharge(*member, d, i64::MAX));
            ((0..60).contains(&age) && visits <= 2)
                .then(|| (*member, fade(age, 21.0) * (1.0 + visits as f64) * (2.0 + recharged).ln()))
        });
        clamp10(raw.collect())
    }

    pub fn spending_power(&self, d: NaiveDate) -> Scores<i64> {
        let raw = self.visits(d, 180).into_keys().map(|member| {
            let spend = float(self.spend(member, d, 180));
            let recharged = float(self.recharge(member, d, 180));
            (member, (1.0 + spend).ln() + 0.5 * (1.0 + recharged).ln())
        });
        clamp10(raw.collect())
    }

    pub fn summary(&self, d: NaiveDate) -> BTreeMap<i64, Summary> {
        let all = self.visits(d, i64::MAX);
        let lately = self.visits(d, 60);
        let date = |age: i64| d - chrono::Duration::days(age);
        all.into_iter()
            .map(|(member, ages)| {
                let tables =
                    self.settled.iter().filter(|s| s.member == member && s.table && s.day <= d).count();
                let summary = Summary {
                    first: date(*ages.last().expect("a visit")),
                    last: date(*ages.first().expect("a visit")),
                    visits: ages.len() as i64,
                    tables: tables as i64,
                    amount: self.spend(member, d, i64::MAX),
                    visits_60d: lately.get(&member).map_or(0, |ages| ages.len() as i64),
                    amount_60d: self.spend(member, d, 60),
                };
                (member, summary)
            })
            .collect()
    }

    pub fn pay(&self, d: NaiveDate) -> BTreeMap<i64, Pay> {
        let month = d.with_day(1).expect("a first of the month");
        let ends = self.calendar.range(d, d).end;
        self.coaches
            .iter()
            .filter(|c| {
                c.from < ends && c.to.is_none_or(|to| to >= ends) && c.resigned.is_none_or(|r| r >= month)
            })
            .map(|c| {
                let seconds = |bonus: bool| -> i64 {
                    let mine =
                        |s: &&Served| s.coach == c.coach && s.bonus == bonus && (month..=d).contains(&s.day);
                    self.served.iter().filter(mine).map(|s| s.seconds).sum()
                };
                let (base, bonus) = (seconds(false), seconds(true));
                let tier = self
                    .tiers
                    .iter()
                    .filter(|t| t.min_hours * Decimal::from(3600) <= Decimal::from(base + bonus))
                    .max_by_key(|t| t.min_hours);
                let income = |seconds: i64, price: Decimal| {
                    (Decimal::from(seconds) * price / Decimal::from(3600))
                        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
                };
                let earned =
                    tier.map_or(Decimal::ZERO, |t| income(base, t.base) + income(bonus, t.bonus) + t.sprint);
                let extra: Decimal = self
                    .extras
                    .iter()
                    .filter(|e| e.0 == c.coach && (month..=d).contains(&e.1))
                    .map(|e| e.2)
                    .sum();
                let pay = Pay {
                    tier: tier.map(|t| t.id),
                    base_seconds: base,
                    bonus_seconds: bonus,
                    gross: earned + extra,
                };
                (c.coach, pay)
            })
            .collect()
    }
}

fn fade(age: i64, half_life: f64) -> f64 {
    0.5f64.powf(age as f64 / half_life)
}

fn float(amount: Decimal) -> f64 {
    amount.to_string().parse().expect("a number")
}

/// Between the two values next to it, as `percentile_cont` does; `percent` of the way from the first to the last.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = percent * (sorted.len() - 1);
    let (below, rest) = (at / 100, at % 100);
    let above = below + usize::from(rest > 0);
    sorted[below] + (sorted[above] - sorted[below]) * (rest as f64 / 100.0)
}

fn clamp10<K: Ord + Copy>(raw: Scores<K>) -> Scores<K> {
    let raw: Scores<K> = raw.into_iter().map(|(k, x)| (k, (x * 1e9).round() / 1e9)).collect();
    let mut positive: Vec<f64> = raw.values().copied().filter(|x| *x > 0.0).collect();
    positive.sort_by(f64::total_cmp);
    let score = |x: f64| {
        if x == 0.0 {
            return 0.0;
        }
        let (p5, p95) = (percentile(&positive, 5), percentile(&positive, 95));
        if p95 == p5 { 5.0 } else { 10.0 * ((x - p5) / (p95 - p5)).clamp(0.0, 1.0) }
    };
    raw.iter().map(|(k, x)| (*k, score(*x))).collect()
}
