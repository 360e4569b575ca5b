//! What a manager may set the task rules to.
use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;

use super::Thresholds;
use crate::Index;

/// Rules as typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Above it: `high_priority_recall`.
    pub high: Decimal,
    /// Above it: `priority_recall`.
    pub priority: Decimal,
    /// RS below it: `relationship_building`.
    pub relationship: Decimal,
    /// Business days.
    pub abandon_cooldown_days: i64,
}

/// 0.57 may arrive as 0.5700000000000001 from a client that counts in floats.
const FLOAT_NOISE: Decimal = Decimal::from_parts(1, 0, 0, false, 9);

/// Rules that hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The thresholds.
    pub thresholds: Thresholds,
    /// Business days, 0–3650; 0 = off.
    pub abandon_cooldown_days: u32,
}

/// Which value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// [`Proposed::high`]
    High,
    /// [`Proposed::priority`]
    Priority,
    /// [`Proposed::relationship`]
    Relationship,
    /// [`Proposed::abandon_cooldown_days`]
    Cooldown,
}

/// Why it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// An index is never outside.
    #[error("须在 0 到 10 之间")]
    OutOfRange,
    /// Indices have two places.
    #[error("最多两位小数")]
    TooPrecise,
    /// Else the higher task would never be given.
    #[error("须小于高优先召回的阈值")]
    NotBelowHigh,
    /// Ten years are enough.
    #[error("须在 0 到 3650 之间")]
    Cooldown,
}

/// Every refusal, or the rules.
pub fn check(proposed: Proposed) -> Result<Edited, Vec<(Field, Problem)>> {
    let mut refused = Vec::new();
    let mut index = |field, value: Decimal| {
        let problem = if !(Decimal::ZERO..=Decimal::TEN).contains(&value) {
            Problem::OutOfRange
        } else if (value - value.round_dp(2)).abs() > FLOAT_NOISE {
            Problem::TooPrecise
        } else {
            match Index::new(value) {
                Ok(index) => return Some(index),
                Err(_) => Problem::OutOfRange,
            }
        };
        refused.push((field, problem));
        None
    };
    let high = index(Field::High, proposed.high);
    let priority = index(Field::Priority, proposed.priority);
    let relationship = index(Field::Relationship, proposed.relationship);
    if high.zip(priority).is_some_and(|(high, priority)| priority >= high) {
        refused.push((Field::Priority, Problem::NotBelowHigh));
    }
    let days = u32::try_from(proposed.abandon_cooldown_days).ok().filter(|days| *days <= 3650);
    if days.is_none() {
        refused.push((Field::Cooldown, Problem::Cooldown));
    }
    match (high, priority, relationship, days) {
        (Some(high), Some(priority), Some(relationship), Some(abandon_cooldown_days))
            if refused.is_empty() =>
        {
            Ok(Edited { thresholds: Thresholds { high, priority, relationship }, abandon_cooldown_days })
        }
        _ => Err(refused),
    }
}

/// A day from which rules may hold: today or later, within a year. The past has been worked with already.
pub fn may_take_effect(effective_from: NaiveDate, today: NaiveDate) -> bool {
    let latest = today.checked_add_months(Months::new(12)).unwrap_or(NaiveDate::MAX);
    (today..=latest).contains(&effective_from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal() -> impl Strategy<Value = Decimal> {
        prop_oneof![
            (-200i64..=1200, Just(2u32)).prop_map(|(units, scale)| Decimal::new(units, scale)),
            (-20_000i64..=120_000, Just(4u32)).prop_map(|(units, scale)| Decimal::new(units, scale)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// What is accepted is what the table's own checks accept, to the digit; every other value is named.
        #[test]
        fn rules_hold_together_or_every_wrong_value_is_named(
            high in decimal(), priority in decimal(), relationship in decimal(), days in -10i64..4000,
        ) {
            let fits = |value: Decimal| value >= Decimal::ZERO && value <= Decimal::TEN && value == value.trunc_with_scale(2);
            let proposed = Proposed { high, priority, relationship, abandon_cooldown_days: days };
            match check(proposed) {
                Ok(edited) => {
                    prop_assert!(fits(high) && fits(priority) && fits(relationship) && priority < high);
                    prop_assert!((0..=3650).contains(&days));
                    prop_assert_eq!(edited.thresholds.high.get(), high);
                    prop_assert_eq!(edited.thresholds.priority.get(), priority);
                    prop_assert_eq!(edited.thresholds.relationship.get(), relationship);
                    prop_assert_eq!(i64::from(edited.abandon_cooldown_days), days);
                }
                Err(refused) => {
                    let named = |field| refused.iter().any(|(f, _)| *f == field);
                    prop_assert_eq!(named(Field::High), !fits(high));
                    prop_assert_eq!(named(Field::Relationship), !fits(relationship));
                    prop_assert_eq!(named(Field::Cooldown), !(0..=3650).contains(&days));
                    prop_assert_eq!(named(Field::Priority), !fits(priority) || fits(high) && priority >= high);
                }
            }
        }
    }

    #[test]
    fn rules_take_effect_from_today_on_and_within_a_year() {
        let day = |text: &str| text.parse().unwrap();
        let today = day("2024-02-29");
        for (date, fits) in
            [("2024-02-28", false), ("2024-02-29", true), ("2025-02-28", true), ("2025-03-01", false)]
        {
            assert_eq!(may_take_effect(day(date), today), fits, "{date}");
        }
        assert!(!may_take_effect(NaiveDate::MAX, today));
    }
}
