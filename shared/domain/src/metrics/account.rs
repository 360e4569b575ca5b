//! A figure and the rows behind it: what they add up to, and what changed between two dates.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Figure;
use crate::money::fixed;

/// What a figure is, or what a row adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// In the figure's unit.
    Number(Decimal),
    /// A level, a grade.
    Word(String),
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Word(_) => None,
        }
    }

    /// The word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Word(word) => Some(word),
        }
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

/// A metric as it stands on a date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Snapshot or newest day it is of; `None`: it is of the date itself, or there is no snapshot.
    pub stat_date: Option<NaiveDate>,
    /// By figure; a figure that is missing has no value.
    pub values: BTreeMap<&'static str, Value>,
}

impl Reading {
    /// Of a snapshot, with nothing in it yet.
    pub fn of(stat_date: Option<NaiveDate>) -> Self {
        Self { stat_date, ..Self::default() }
    }

    /// With a figure.
    pub fn with(mut self, figure: &'static str, value: impl Into<Value>) -> Self {
        self.values.insert(figure, value.into());
        self
    }

    /// With a figure, if there is one.
    pub fn with_some(self, figure: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(figure, value),
            None => self,
        }
    }

    /// A figure's value.
    pub fn value(&self, figure: &str) -> Option<&Value> {
        self.values.get(figure)
    }

    /// A figure's number.
    pub fn number(&self, figure: &str) -> Option<Decimal> {
        self.value(figure).and_then(Value::number)
    }
}

/// A row behind a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Of [`super::Definition::figures`].
    pub figure: &'static str,
    /// The view or table it stands in.
    pub source: &'static str,
    /// What tells it from the other rows of its source; the same on every date.
    pub key: String,
    /// Its business date.
    pub date: Option<NaiveDate>,
    /// What it adds to the figure; nothing where it was learned of too late to count, or is void.
    pub part: Value,
    /// What else to know, in words.
    pub detail: Option<String>,
    /// Written or voided after the figure's date had ended.
    pub late: bool,
}

impl Row {
    /// A row that was there in time and needs no words.
    pub fn new(
        figure: &'static str,
        source: &'static str,
        key: impl ToString,
        date: Option<NaiveDate>,
        part: impl Into<Value>,
    ) -> Self {
        Self { figure, source, key: key.to_string(), date, part: part.into(), detail: None, late: false }
    }

    /// With words.
    pub fn saying(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
}

/// A figure beside its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What the rows say together; `None` where there is neither a figure nor a row.
    pub value: Option<Value>,
    /// The figure less what its rows add up to; `None` for words, and where there is neither.
    pub difference: Option<Decimal>,
}

impl Explained {
    /// Whether the rows are the whole story of `figure`.
    pub fn is_whole(&self, figure: Option<&Value>) -> bool {
        match figure {
            Some(Value::Word(_)) => self.value.as_ref() == figure,
            _ => self.difference.unwrap_or_default().is_zero(),
        }
    }
}

/// Adds up a figure's rows.
pub fn explain(figure: &Figure, value: Option<&Value>, rows: &[Row]) -> Explained {
    let mut own = rows.iter().filter(|row| row.figure == figure.name).peekable();
    let Some(places) = figure.unit.places() else {
        return Explained { value: own.next().map(|row| row.part.clone()), difference: None };
    };
    if value.is_none() && own.peek().is_none() {
        return Explained { value: None, difference: None };
    }
    let sum = fixed(own.filter_map(|row| row.part.number()).sum(), places);
    let shown = value.and_then(Value::number).unwrap_or_default();
    Explained { value: Some(sum.into()), difference: Some(fixed(shown, places) - sum) }
}

/// A row that is not the same on two dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The row, as the later date has it, or else the earlier.
    pub row: Row,
    /// What it added on the earlier date; `None`: it was not there.
    pub from: Option<Value>,
    /// What it adds on the later one; `None`: it is gone.
    pub to: Option<Value>,
}

impl Change {
    /// Its part of the figure's change; 0 for words.
    pub fn amount(&self) -> Decimal {
        let number = |side: &Option<Value>| side.as_ref().and_then(Value::number).unwrap_or_default();
        number(&self.to) - number(&self.from)
    }
}

/// The rows that only one side has, and those that differ; largest change of a figure first. Together their amounts are
/// the change of what the rows add up to.
pub fn changes(from: Vec<Row>, to: Vec<Row>) -> Vec<Change> {
    type Sides = (Option<Row>, Option<Row>);
    let mut sides: BTreeMap<(&'static str, &'static str, String), Sides> = BTreeMap::new();
    for row in from {
        let key = (row.figure, row.source, row.key.clone());
        sides.entry(key).or_default().0 = Some(row);
    }
    for row in to {
        let key = (row.figure, row.source, row.key.clone());
        sides.entry(key).or_default().1 = Some(row);
    }
    let mut changes: Vec<Change> = sides
        .into_values()
        .filter_map(|(from, to)| {
            let before = from.as_ref().map(|row| row.part.clone());
            let after = to.as_ref().map(|row| row.part.clone());
            (before != after).then_some(Change { row: to.or(from)?, from: before, to: after })
        })
        .collect();
    // Stable: ties stay by source and key.
    changes.sort_by(|a, b| (a.row.figure, b.amount().abs()).cmp(&(b.row.figure, a.amount().abs())));
    changes
}

/// Of the changes, in their order, those that are shown where no more than `most` are, and the others. Every figure shows
/// its largest: one with many rows does not crowd out another.
pub fn largest(changes: Vec<Change>, most: usize) -> (Vec<Change>, Vec<Change>) {
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let places: Vec<(usize, usize)> = changes
        .iter()
        .enumerate()
        .map(|(at, change)| {
            let place = seen.entry(change.row.figure).or_default();
            *place += 1;
            (*place, at)
        })
        .collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    let first_beyond = sorted.get(most).copied();
    let (shown, others): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .zip(places)
        .partition(|(_, place)| first_beyond.is_none_or(|beyond| *place < beyond));
    let only = |changes: Vec<(Change, _)>| changes.into_iter().map(|(change, _)| change).collect();
    (only(shown), only(others))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Unit, *};

    const YUAN: Figure = Figure { name: "income", label: "收入", unit: Unit::Yuan };

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = |(key, cents): (u8, i64)| Row::new("income", "v", key, None, Decimal::new(cents, 2));
        prop::collection::btree_map(0u8..20, -100_000i64..100_000, 0..12)
            .prop_map(move |rows| rows.into_iter().map(row).collect())
    }

    fn sum(rows: &[Row]) -> Decimal {
        rows.iter().filter_map(|row| row.part.number()).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever the figure is, its rows and the difference make it up.
        #[test]
        fn rows_and_difference_are_the_figure(rows in rows(), shown in -100_000i64..100_000) {
            let shown = Value::Number(Decimal::new(shown, 2));
            let explained = explain(&YUAN, Some(&shown), &rows);
            prop_assert_eq!(explained.value.as_ref().and_then(Value::number), Some(fixed(sum(&rows), 2)));
            prop_assert_eq!(sum(&rows) + explained.difference.unwrap(), shown.number().unwrap());
            prop_assert_eq!(explained.is_whole(Some(&shown)), sum(&rows) == shown.number().unwrap());
        }

        /// The rows that changed add up to the change, and a row that did not is not among them.
        #[test]
        fn changes_add_up(from in rows(), to in rows()) {
            let wanted = sum(&to) - sum(&from);
            let (before, after) = (from.clone(), to.clone());
            let changed = changes(from, to);
            prop_assert_eq!(changed.iter().map(Change::amount).sum::<Decimal>(), wanted);
            for change in &changed {
                let find = |rows: &[Row]| rows.iter().find(|r| r.key == change.row.key).map(|r| r.part.clone());
                prop_assert_eq!((find(&before), find(&after)), (change.from.clone(), change.to.clone()));
                prop_assert!(change.from != change.to);
            }
            prop_assert!(changed.windows(2).all(|pair| pair[0].amount().abs() >= pair[1].amount().abs()));
        }
    }

    /// A figure of a thousand rows leaves room for one of four, and none is lost.
    #[test]
    fn every_figure_shows_its_largest_changes() {
        let rows = |figure, many: i64| (1..=many).map(move |n| Row::new(figure, "v", n, None, n));
        let all = changes(vec![], rows("done", 1_000).chain(rows("score", 4)).collect());
        let (shown, others) = largest(all.clone(), 20);
        let of = |figure| {
            let own = shown.iter().filter(|change| change.row.figure == figure);
            own.map(Change::amount).collect::<Vec<_>>()
        };
        assert_eq!(of("score"), [4, 3, 2, 1].map(Decimal::from));
        assert_eq!(of("done"), (985..=1_000).rev().map(Decimal::from).collect::<Vec<_>>());
        assert_eq!(shown.len() + others.len(), all.len());
        assert_eq!(largest(all.clone(), 1_004), (all, vec![]));
    }

    #[test]
    fn a_word_is_explained_by_its_row_and_nothing_by_nothing() {
        let level = Figure { name: "level", label: "等级", unit: Unit::Word };
        let rows = [Row::new("level", "v_dim_assistant", 7, None, "高级")];
        let shown = Value::from("高级");
        assert!(explain(&level, Some(&shown), &rows).is_whole(Some(&shown)));
        assert!(!explain(&level, Some(&"初级".into()), &rows).is_whole(Some(&"初级".into())));
        assert!(!explain(&level, Some(&shown), &[]).is_whole(Some(&shown)));
        assert_eq!(explain(&YUAN, None, &[]), Explained { value: None, difference: None });
        assert!(!explain(&YUAN, Some(&Value::from(1i64)), &[]).is_whole(Some(&1i64.into())));
    }
}
