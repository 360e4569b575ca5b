//! A figure of the finance board, alone or beside the one of the period before.
use domain::{
    Money,
    boards::{Comparison, Direction},
};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::{ToSchema, openapi::schema::Object};

use crate::openapi;

/// Yuan, hours or per cent, two places. All but value are null without `compare`, and where either period has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// Of the period.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    value: Option<Decimal>,
    /// Of the period before.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    previous: Option<Decimal>,
    /// Value less previous.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    change: Option<Decimal>,
    /// Change in per cent of previous; null also where that is 0.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    change_rate: Option<Decimal>,
    /// Which way it went.
    #[schema(schema_with = directions)]
    direction: Option<&'static str>,
}

fn directions() -> Object {
    use utoipa::openapi::schema::{SchemaType, Type};
    let words = [Direction::Up, Direction::Down, Direction::Flat].map(Direction::as_str);
    openapi::one_of(words).schema_type(SchemaType::from_iter([Type::String, Type::Null])).build()
}

impl Figure {
    /// `previous`: the outer `None` without `compare`.
    pub(super) fn of(value: Option<Decimal>, previous: Option<Option<Decimal>>) -> Self {
        // Two places, whatever the source carries.
        let [value, previous] = [value, previous.flatten()].map(|figure| figure.map(|d| Money::new(d).get()));
        let comparison = value.zip(previous).map(|(value, previous)| Comparison::of(value, previous));
        Self {
            value,
            previous,
            change: comparison.map(|c| c.change),
            change_rate: comparison.and_then(|c| c.change_rate),
            direction: comparison.map(|c| c.direction.as_str()),
        }
    }
}

/// What was read of a period and, with `compare`, of the one before.
#[derive(Clone, Debug)]
pub(super) struct Both<T> {
    pub(super) now: T,
    pub(super) before: Option<T>,
}

impl<T> Both<T> {
    /// A figure that both have.
    pub(super) fn figure(&self, of: impl Fn(&T) -> Option<Decimal>) -> Figure {
        Figure::of(of(&self.now), self.before.as_ref().map(of))
    }

    /// An amount.
    pub(super) fn money(&self, of: impl Fn(&T) -> Money) -> Figure {
        self.figure(|side| Some(of(side).get()))
    }

    /// The same of a part.
    pub(super) fn map<U>(&self, of: impl Fn(&T) -> U) -> Both<U> {
        Both { now: of(&self.now), before: self.before.as_ref().map(of) }
    }
}

impl<R> Both<Vec<R>> {
    /// The rows of either side by their key: first those of the period in its order, then those that only the one
    /// before has. A row that a side lacks is `None` there.
    pub(super) fn rows<K: PartialEq>(&self, key: impl Fn(&R) -> K) -> Vec<(&R, Both<Option<&R>>)> {
        let mut rows: Vec<_> = self
            .now
            .iter()
            .map(|row| {
                let twin = |rows: &'_ [R]| rows.iter().position(|other| key(other) == key(row));
                let before = self.before.as_deref().map(|rows| twin(rows).and_then(|at| rows.get(at)));
                (row, Both { now: Some(row), before })
            })
            .collect();
        for row in self.before.iter().flatten() {
            if !self.now.iter().any(|other| key(other) == key(row)) {
                rows.push((row, Both { now: None, before: Some(Some(row)) }));
            }
        }
        rows
    }
}

impl<R> Both<Option<&R>> {
    /// An amount of a row; nothing where a side lacks the row.
    pub(super) fn amount(&self, of: impl Fn(&R) -> Money) -> Figure {
        self.money(|row| row.map_or_else(Money::default, &of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(figure: Figure) -> String {
        serde_json::to_string(&figure).unwrap()
    }

    #[test]
    fn a_figure_alone_has_nulls_beside_it() {
        let alone = Figure::of(Some("12.5".parse().unwrap()), None);
        assert_eq!(
            json(alone),
            r#"{"value":12.50,"previous":null,"change":null,"changeRate":null,"direction":null}"#
        );
        let no_whole = Figure::of(None, Some(Some(Decimal::ONE)));
        assert_eq!(
            json(no_whole),
            r#"{"value":null,"previous":1.00,"change":null,"changeRate":null,"direction":null}"#
        );
        let compared = Figure::of(Some(Decimal::ONE), Some(Some(Decimal::ZERO)));
        assert_eq!(
            json(compared),
            r#"{"value":1.00,"previous":0.00,"change":1.00,"changeRate":null,"direction":"up"}"#
        );
    }

    #[test]
    fn rows_of_either_period_are_there_once() {
        let both = Both { now: vec![("a", 1), ("b", 2)], before: Some(vec![("c", 3), ("b", 4)]) };
        let rows: Vec<_> = both
            .rows(|row| row.0)
            .into_iter()
            .map(|(row, both)| (row.0, both.now.map(|r| r.1), both.before.map(|r| r.map(|r| r.1))))
            .collect();
        assert_eq!(
            rows,
            [("a", Some(1), Some(None)), ("b", Some(2), Some(Some(4))), ("c", None, Some(Some(3)))]
        );
        let alone = Both { now: vec![("a", 1)], before: None };
        assert!(alone.rows(|row| row.0)[0].1.before.is_none());
    }
}
