//! The indices once more, slowly and in floats, from the raw rows of a hall: within 0.01 of what a page shows.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::lived::{Lived, Recharged, Served, Settled, number};

/// Of one business date.
pub struct Indices {
    /// By coach and member.
    pub rs: BTreeMap<(i64, i64), f64>,
    /// By member.
    pub wbi: BTreeMap<i64, f64>,
    /// By member.
    pub gap_days: BTreeMap<i64, f64>,
    /// By member.
    pub spi: BTreeMap<i64, f64>,
}

impl Indices {
    /// Of what happened in the 180 days that end with `on`.
    pub fn of(
        hall: &Lived,
        (settled, served, recharged): (&[Settled], &[Served], &[Recharged]),
        on: NaiveDate,
    ) -> Self {
        let age = |at| Some((on - hall.day(at)).num_days()).filter(|age| (0..180).contains(age));
        let mut weighed = BTreeMap::<(i64, i64), f64>::new();
        for s in served {
            let Some((member, age)) = s.tenant_member_id.filter(|m| *m != 0).zip(age(s.create_time)) else {
                continue;
            };
            let hours =
                f64::from(s.income_seconds) / 3600.0 * if s.course_kind == "bonus" { 1.5 } else { 1.0 };
            let faded = if age < 60 { 0.5f64.powf(age as f64 / 21.0) * hours } else { 0.0 };
            *weighed.entry((s.site_assistant_id, member)).or_default() += faded;
        }
        let mut visits = BTreeMap::<i64, BTreeSet<i64>>::new();
        let (mut spent, mut paid) = (BTreeMap::<i64, Decimal>::new(), BTreeMap::<i64, Decimal>::new());
        for s in settled {
            if let Some((member, age)) = s.member_id.filter(|m| *m != 0).zip(age(s.create_time)) {
                visits.entry(member).or_default().insert(age);
                *spent.entry(member).or_default() += s.ledger_amount;
            }
        }
        for r in recharged {
            if age(r.create_time).is_some() {
                *paid.entry(r.member_id).or_default() += r.pay_amount;
            }
        }
        let money =
            |sums: &BTreeMap<i64, Decimal>, member| float(sums.get(member).copied().unwrap_or_default());
        let mut gap_days = BTreeMap::new();
        let mut overdue = BTreeMap::new();
        for (member, ages) in visits.iter().filter(|(_, ages)| ages.len() >= 2) {
            let ages: Vec<i64> = ages.iter().copied().collect();
            let mut between: Vec<f64> = ages.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
            between.sort_by(f64::total_cmp);
            let gap = percentile(&between, 50).max(3.0);
            let late = (ages[0] as f64 / gap - 1.0).max(0.0);
            gap_days.insert(*member, gap);
            overdue.insert(*member, (1.0 + late).ln() * (1.0 + money(&spent, member)).ln());
        }
        let power = visits
            .keys()
            .map(|m| (*m, (1.0 + money(&spent, m)).ln() + 0.5 * (1.0 + money(&paid, m)).ln()))
            .collect();
        Self {
            rs: clamp10(weighed.into_iter().map(|(pair, sum)| (pair, (1.0 + sum).ln())).collect()),
            wbi: clamp10(overdue),
            gap_days,
            spi: clamp10(power),
        }
    }
}

/// A shown index and the one made here.
pub fn assert_close(shown: &Value, expected: f64, what: &str) {
    assert!((float(number(shown)) - expected).abs() <= 0.0101, "{what}: {shown} and {expected}");
}

fn float(amount: Decimal) -> f64 {
    amount.to_string().parse().unwrap()
}

/// As `percentile_cont` does: between the two values next to it.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = percent * (sorted.len() - 1);
    let (below, rest) = (at / 100, at % 100);
    let above = below + usize::from(rest > 0);
    sorted[below] + (sorted[above] - sorted[below]) * (rest as f64 / 100.0)
}

fn clamp10<K: Ord + Copy>(raw: BTreeMap<K, f64>) -> BTreeMap<K, f64> {
    let raw: BTreeMap<K, f64> = raw.into_iter().map(|(key, x)| (key, (x * 1e9).round() / 1e9)).collect();
    let mut positive: Vec<f64> = raw.values().copied().filter(|x| *x > 0.0).collect();
    positive.sort_by(f64::total_cmp);
    let score = |x: f64| {
        if x == 0.0 {
            return 0.0;
        }
        let (p5, p95) = (percentile(&positive, 5), percentile(&positive, 95));
        if p95 == p5 { 5.0 } else { 10.0 * ((x - p5) / (p95 - p5)).clamp(0.0, 1.0) }
    };
    raw.iter().map(|(key, x)| (*key, score(*x))).collect()
}
