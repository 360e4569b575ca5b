//! The rules of single figures.
use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{Calendar, money::fixed};

/// Metrics 11 and 17: a member is new in the month of their first consumption.
pub fn is_new(first: Option<NaiveDate>, today: NaiveDate) -> bool {
    first.is_some_and(|first| first <= today && Calendar::month_of(first) == Calendar::month_of(today))
}

/// Metric 11: lost in the month into which the 60th day after the last consumption falls.
pub fn is_lost_in_month(last: Option<NaiveDate>, today: NaiveDate) -> bool {
    last.is_some_and(|last| Calendar::month_of(last + Days::new(60)) == Calendar::month_of(today))
}

/// Metric 17: lost while the last consumption lies 61 to 90 days back.
pub fn is_lost(last: Option<NaiveDate>, today: NaiveDate) -> bool {
    last.is_some_and(|last| (61..=90).contains(&(today - last).num_days()))
}

/// Part of a whole in per cent, two places; `None` without a whole.
pub fn rate(part: i64, whole: i64) -> Option<Decimal> {
    (Decimal::from(part) * Decimal::ONE_HUNDRED).checked_div(whole.into()).map(|rate| fixed(rate, 2))
}

/// Metric 18: `50 + 50·clamp(change / 20 %, −1, 1)`, two places. From nothing to something is a full rise, from nothing
/// (or from what is unknown) to nothing no change.
pub fn score(now: Option<Decimal>, before: Option<Decimal>) -> Decimal {
    let (now, before) = (now.unwrap_or_default(), before.unwrap_or_default());
    let change = match (now - before).checked_div(before.abs()) {
        Some(change) => change / Decimal::new(2, 1),
        None if now > before => Decimal::ONE,
        None if now < before => Decimal::NEGATIVE_ONE,
        None => Decimal::ZERO,
    };
    let fifty = Decimal::from(50);
    fixed(fifty + fifty * change.clamp(Decimal::NEGATIVE_ONE, Decimal::ONE), 2)
}

/// The mean, two places; `None` of nothing.
pub fn mean(values: &[Decimal]) -> Option<Decimal> {
    let count = Decimal::from(values.len());
    values.iter().sum::<Decimal>().checked_div(count).map(|mean| fixed(mean, 2))
}

/// Metric 18: A from 75 on, B from 50, C from 25, else D.
pub fn grade(mean: Decimal) -> &'static str {
    let letters = [(75, "A"), (50, "B"), (25, "C")];
    letters.into_iter().find(|(least, _)| mean >= Decimal::from(*least)).map_or("D", |(_, letter)| letter)
}

/// The middle value, or the mean of the two in the middle; `None` of nothing.
pub fn median(mut values: Vec<Decimal>) -> Option<Decimal> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values.get((values.len() / 2).checked_sub(1)?)?;
    Some((lower + upper) / Decimal::TWO)
}

/// Metric 19: a coach beside the coaches of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// The coach's own; `None`: nothing yet this month.
    pub mine: Option<Decimal>,
    /// The hall's median; `None`: nobody has anything.
    pub median: Option<Decimal>,
}

impl Criterion {
    /// At or above the median.
    pub fn is_met(self) -> bool {
        self.mine.zip(self.median).is_some_and(|(mine, median)| mine >= median)
    }
}

/// Metric 19: one star, and one for each criterion met.
pub fn stars(criteria: &[Criterion]) -> Decimal {
    Decimal::ONE + Decimal::from(criteria.iter().filter(|criterion| criterion.is_met()).count())
}

/// Metric 13: what a service weighs that many days later: its hours, bonus courses at one and a half, halved every 21
/// days; nothing from the 60th day on.
pub fn hours_weight(age: i64, income_seconds: i64, bonus: bool) -> f64 {
    if !(0..60).contains(&age) {
        return 0.0;
    }
    let hours = Decimal::from(income_seconds).to_f64().unwrap_or_default() / 3600.0;
    halved(age, 21.0) * hours * if bonus { 1.5 } else { 1.0 }
}

/// Metric 14: what a visit weighs that many days later: halved every 30 days; nothing from the 180th day on.
pub fn visit_weight(age: i64) -> f64 {
    if (0..180).contains(&age) { halved(age, 30.0) } else { 0.0 }
}

fn halved(age: i64, every: f64) -> f64 {
    0.5f64.powf(Decimal::from(age).to_f64().unwrap_or_default() / every)
}

/// Splits a whole by weights into parts of six places that add up to it exactly: what rounding leaves goes to the last.
pub fn shares(whole: Decimal, weights: &[f64]) -> Vec<Decimal> {
    let sum: f64 = weights.iter().sum();
    let part = |weight: &f64| match Decimal::try_from(weight / sum) {
        Ok(part) => (whole * part).round_dp(6),
        Err(_) => Decimal::ZERO,
    };
    let mut parts: Vec<Decimal> = weights.iter().map(part).collect();
    let rest = whole - parts.iter().sum::<Decimal>();
    if let Some(last) = parts.last_mut() {
        *last += rest;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_score_is_fifty_for_no_change_and_full_at_a_fifth_more() {
        let score = |now: &str, before: &str| score(Some(decimal(now)), Some(decimal(before))).to_string();
        assert_eq!(score("100", "100"), "50.00");
        assert_eq!(score("120", "100"), "100.00");
        assert_eq!(score("500", "100"), "100.00");
        assert_eq!(score("80", "100"), "0.00");
        assert_eq!(score("90", "100"), "25.00");
        assert_eq!(score("0", "0"), "50.00");
        assert_eq!(score("1", "0"), "100.00");
        assert_eq!(score("-1", "0"), "0.00");
        // A loss that halves is a rise.
        assert_eq!(score("-50", "-100"), "100.00");
        assert_eq!(super::score(None, None).to_string(), "50.00");
    }

    #[test]
    fn grades_begin_at_their_scores() {
        for (mean, letter) in [
            ("100", "A"),
            ("75", "A"),
            ("74.99", "B"),
            ("50", "B"),
            ("49.99", "C"),
            ("25", "C"),
            ("24.99", "D"),
            ("0", "D"),
        ] {
            assert_eq!(grade(decimal(mean)), letter, "{mean}");
        }
    }

    #[test]
    fn members_come_and_go_at_the_edges() {
        let today = day("2026-04-20");
        assert!(is_new(Some(day("2026-04-01")), today) && is_new(Some(today), today));
        assert!(!is_new(Some(day("2026-03-31")), today) && !is_new(Some(day("2026-04-21")), today));
        assert!(!is_new(Some(day("2025-04-20")), today) && !is_new(None, today));
        // 31 January and 60 days is 1 April; 1 March and 60 days is 30 April.
        assert!(
            is_lost_in_month(Some(day("2026-01-31")), today)
                && is_lost_in_month(Some(day("2026-03-01")), today)
        );
        assert!(
            !is_lost_in_month(Some(day("2026-01-30")), today)
                && !is_lost_in_month(Some(day("2026-03-02")), today)
        );
        for (days, lost) in [(60, false), (61, true), (90, true), (91, false)] {
            assert_eq!(is_lost(Some(today - Days::new(days)), today), lost, "{days}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Half of the coaches are at or above the median, whoever they are.
        #[test]
        fn at_least_half_are_at_or_above_the_median(values in prop::collection::vec(0i64..100_000, 1..40)) {
            let values: Vec<Decimal> = values.into_iter().map(|v| Decimal::new(v, 2)).collect();
            let middle = median(values.clone()).unwrap();
            let above = values.iter().filter(|v| **v >= middle).count();
            let below = values.iter().filter(|v| **v <= middle).count();
            prop_assert!(2 * above >= values.len() && 2 * below >= values.len());
            let mine = Criterion { mine: Some(values[0]), median: Some(middle) };
            prop_assert_eq!(stars(&[mine; 4]), if mine.is_met() { Decimal::from(5) } else { Decimal::ONE });
        }

        /// Shares add up to the whole, to the last place.
        #[test]
        fn shares_are_the_whole(hundredths in 0i64..=1000, weights in prop::collection::vec(0.0f64..50.0, 1..40)) {
            let whole = Decimal::new(hundredths, 2);
            let parts = shares(whole, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().sum::<Decimal>(), whole);
        }

        /// A score lies between 0 and 100, and more is never worse.
        #[test]
        fn more_is_never_worse(before in -1_000i64..1_000, a in -1_000i64..1_000, b in -1_000i64..1_000) {
            let of = |now: i64| score(Some(now.into()), Some(before.into()));
            prop_assert!(of(a) >= Decimal::ZERO && of(a) <= Decimal::ONE_HUNDRED);
            prop_assert!((a <= b) == (of(a) <= of(b)) || of(a) == of(b));
        }
    }

    #[test]
    fn weights_halve_and_end() {
        assert!((hours_weight(0, 3600, false) - 1.0).abs() < 1e-12);
        assert!((hours_weight(21, 7200, true) - 1.5).abs() < 1e-12);
        assert!(hours_weight(59, 3600, false) > 0.0 && hours_weight(60, 3600, false) == 0.0);
        assert!((visit_weight(30) - 0.5).abs() < 1e-12 && visit_weight(180) == 0.0);
    }
}
