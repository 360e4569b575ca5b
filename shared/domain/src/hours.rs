//! Hours of work: exact, with two places.
use rust_decimal::Decimal;
use serde::Serialize;

use crate::money::fixed;

/// Hours with two places; in JSON a number such as `87.50`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Hours(#[serde(with = "rust_decimal::serde::arbitrary_precision")] Decimal);

impl Hours {
    /// Rounds half away from zero to two places.
    pub fn new(hours: Decimal) -> Self {
        Self(fixed(hours, 2))
    }

    /// The hours.
    pub fn get(self) -> Decimal {
        self.0
    }
}

impl Default for Hours {
    /// 0.00
    fn default() -> Self {
        Self::new(Decimal::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_a_json_number_with_two_places() {
        let json = |s: &str| serde_json::to_string(&Hours::new(s.parse().unwrap())).unwrap();
        assert_eq!(
            (json("87.5"), json("0.005"), json("101")),
            ("87.50".into(), "0.01".into(), "101.00".into())
        );
        assert_eq!(serde_json::to_string(&Hours::default()).unwrap(), "0.00");
    }
}
