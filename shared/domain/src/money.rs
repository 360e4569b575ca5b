//! Exact decimals with fixed places; a float never holds money or an index.
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An amount in yuan with two places; in JSON a number such as `18080.00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(#[serde(with = "rust_decimal::serde::arbitrary_precision")] Decimal);

impl Money {
    /// Rounds half away from zero to two places.
    pub fn new(amount: Decimal) -> Self {
        Self(fixed(amount, 2))
    }

    /// The amount.
    pub fn get(self) -> Decimal {
        self.0
    }
}

impl Default for Money {
    /// 0.00
    fn default() -> Self {
        Self::new(Decimal::ZERO)
    }
}

/// WBI, NCI, RS, SPI, stickiness: in [0, 10] with two places, kept as hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(u16);

/// An index outside its range.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("index {0} is outside 0 to {1}")]
pub struct OutOfRange(Decimal, u8);

impl Index {
    /// From hundredths, as batch reads bring it; an error above 1000.
    pub fn from_hundredths(hundredths: u16) -> Result<Self, OutOfRange> {
        within(Decimal::new(hundredths.into(), 2), 10).map(|_| Self(hundredths))
    }

    /// From a decimal, rounded half away from zero to two places; an error outside [0, 10].
    pub fn new(value: Decimal) -> Result<Self, OutOfRange> {
        let hundredths = fixed(within(value, 10)?, 2) * Decimal::ONE_HUNDRED;
        u16::try_from(hundredths).map(Self).map_err(|_| OutOfRange(value, 10))
    }

    /// In hundredths, 0 to 1000.
    pub fn hundredths(self) -> u16 {
        self.0
    }

    /// The value with two places.
    pub fn get(self) -> Decimal {
        Decimal::new(self.0.into(), 2)
    }
}

impl Serialize for Index {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        rust_decimal::serde::arbitrary_precision::serialize(&self.get(), serializer)
    }
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = rust_decimal::serde::arbitrary_precision::deserialize(deserializer)?;
        Self::new(value).map_err(serde::de::Error::custom)
    }
}

/// Relation of a pair in [0, 1] with four places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RelationIndex(#[serde(with = "rust_decimal::serde::arbitrary_precision")] Decimal);

impl RelationIndex {
    /// An error outside [0, 1].
    pub fn new(value: Decimal) -> Result<Self, OutOfRange> {
        within(value, 1).map(|v| Self(fixed(v, 4)))
    }

    /// The value.
    pub fn get(self) -> Decimal {
        self.0
    }
}

fn within(value: Decimal, top: u8) -> Result<Decimal, OutOfRange> {
    if value < Decimal::ZERO || value > Decimal::from(top) { Err(OutOfRange(value, top)) } else { Ok(value) }
}

/// Exactly `places` places, so that `5` prints as `5.00`.
pub(crate) fn fixed(value: Decimal, places: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_a_json_number_with_two_places() {
        let json = |s: &str| serde_json::to_string(&Money::new(s.parse().unwrap())).unwrap();
        assert_eq!(json("18080"), "18080.00");
        assert_eq!(json("0.005"), "0.01");
        assert_eq!(json("-0.005"), "-0.01");
        assert_eq!(serde_json::to_string(&Money::default()).unwrap(), "0.00");
        assert_eq!(
            serde_json::to_value(Money::new("6602.1".parse().unwrap())).unwrap().to_string(),
            "6602.10"
        );
    }

    #[test]
    fn an_index_outside_its_range_is_refused() {
        assert!(Index::new("10.00".parse().unwrap()).is_ok());
        assert!(Index::new("10.01".parse().unwrap()).is_err());
        assert!(Index::new("-0.01".parse().unwrap()).is_err());
        assert!(RelationIndex::new("1.0001".parse().unwrap()).is_err());
    }
}
