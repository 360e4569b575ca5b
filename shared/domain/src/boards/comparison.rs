//! A figure beside the one of the period before.
use rust_decimal::Decimal;

use crate::money::fixed;

/// Which way a figure went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More than before.
    Up,
    /// Less than before.
    Down,
    /// As before.
    Flat,
}

/// What became of a figure since the period before. Two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The figure less the one before.
    pub change: Decimal,
    /// The change in per cent of what there was before; `None` where that was nothing. Its sign is the change's, also
    /// where what there was before is negative.
    pub change_rate: Option<Decimal>,
    /// Which way it went.
    pub direction: Direction,
}

impl Direction {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Flat => "flat",
        }
    }
}

impl Comparison {
    /// Of figures with two places.
    pub fn of(value: Decimal, previous: Decimal) -> Self {
        let change = fixed(value - previous, 2);
        let direction = match change.cmp(&Decimal::ZERO) {
            std::cmp::Ordering::Greater => Direction::Up,
            std::cmp::Ordering::Less => Direction::Down,
            std::cmp::Ordering::Equal => Direction::Flat,
        };
        Self { change, change_rate: share(change, previous.abs()), direction }
    }
}

/// A part in per cent of the whole, with two places; `None` where the whole is zero.
pub fn share(part: Decimal, whole: Decimal) -> Option<Decimal> {
    (part * Decimal::ONE_HUNDRED).checked_div(whole).map(|rate| fixed(rate, 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_are_compared() {
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        let compared = |value: &str, previous: &str| {
            let c = Comparison::of(d(value), d(previous));
            (c.change.to_string(), c.change_rate.map(|r| r.to_string()), c.direction.as_str())
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(compared("150", "100"), ("50.00".into(), some("50.00"), "up"));
        assert_eq!(compared("0", "300"), ("-300.00".into(), some("-100.00"), "down"));
        assert_eq!(compared("12.5", "12.50"), ("0.00".into(), some("0.00"), "flat"));
        assert_eq!(compared("5", "0"), ("5.00".into(), None, "up"));
        assert_eq!(compared("0", "0"), ("0.00".into(), None, "flat"));
        // From 200 lost to 100 lost is a way up.
        assert_eq!(compared("-100", "-200"), ("100.00".into(), some("50.00"), "up"));
        assert_eq!(compared("200", "300"), ("-100.00".into(), some("-33.33"), "down"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Change and rate lead from the one figure to the other and never disagree on the direction.
        #[test]
        fn a_comparison_adds_up(value in -1_000_000_000_000i64..1_000_000_000_000, previous in -1_000_000_000_000i64..1_000_000_000_000) {
            let (value, previous) = (Decimal::new(value, 2), Decimal::new(previous, 2));
            let c = Comparison::of(value, previous);
            prop_assert_eq!(previous + c.change, value);
            prop_assert_eq!(c.direction == Direction::Up, value > previous);
            prop_assert_eq!(c.direction == Direction::Down, value < previous);
            prop_assert_eq!(c.change_rate.is_none(), previous.is_zero());
            if let Some(rate) = c.change_rate {
                prop_assert_eq!(rate.scale(), 2);
                prop_assert!(rate.is_zero() || (rate > Decimal::ZERO) == (value > previous));
                let back = previous.abs() * rate / Decimal::ONE_HUNDRED;
                prop_assert!((back - c.change).abs() <= previous.abs() / Decimal::from(20_000) + Decimal::new(1, 2));
            }
        }
    }
}
