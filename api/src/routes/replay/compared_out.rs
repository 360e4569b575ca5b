//! A metric on two dates, as the API shows it.
use chrono::NaiveDate;
use domain::metrics::{self as rules, Change, Figure, Metric, Reading, Row, Unit, Value};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::metrics::{amount, text, units};

/// Changed rows that are listed of a metric; the figures say what the others add up to.
const LISTED: usize = 200;

/// A metric of one date: its figures, and the rows behind them.
pub(super) struct Side {
    pub(super) reading: Reading,
    pub(super) rows: Vec<Row>,
}

/// A metric on two dates, and the rows that made the change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricCompared {
    /// In the API.
    name: &'static str,
    /// In Chinese.
    label: &'static str,
    /// Snapshot or newest day of the earlier date's figures.
    from_stat_date: Option<NaiveDate>,
    /// Of the later one's.
    to_stat_date: Option<NaiveDate>,
    /// Side by side.
    figures: Vec<FigureCompared>,
    /// Rows that only one date has, or that differ: figure by figure, largest change first; at most 200, of every figure
    /// its largest.
    rows: Vec<RowChanged>,
    /// Changed rows, listed or not.
    rows_total: i64,
}

/// A figure on two dates.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FigureCompared {
    /// In the API.
    name: &'static str,
    /// In Chinese.
    label: &'static str,
    /// What it is counted in.
    #[schema(schema_with = units)]
    unit: &'static str,
    /// On the earlier date.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    from_value: Option<Decimal>,
    /// On the later date.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    to_value: Option<Decimal>,
    /// Level or grade on the earlier date.
    from_text: Option<String>,
    /// On the later date.
    to_text: Option<String>,
    /// Later less earlier; a date without a value counts as 0. Null for words, and where neither has one.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    change: Option<Decimal>,
    /// What the changed rows, listed or not, add up to.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    explained: Option<Decimal>,
    /// Change less explained: not 0 where rows were learned of after a snapshot was made.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    difference: Option<Decimal>,
    /// What the rows that are not listed add up to.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    unlisted: Option<Decimal>,
}

/// A row that made a part of the change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowChanged {
    /// Of which figure.
    figure: &'static str,
    /// View or table in which the row stands; a metric's own name where the row is one of its parts.
    source: &'static str,
    /// The row there, the same on every date.
    key: String,
    /// Its business date.
    date: Option<NaiveDate>,
    /// What it adds on the earlier date; null: it is not there, or gives a word.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    from_amount: Option<Decimal>,
    /// What it adds on the later date.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    to_amount: Option<Decimal>,
    /// The word it gives on the earlier date.
    from_text: Option<String>,
    /// On the later date.
    to_text: Option<String>,
    /// Its part of the change; null for words.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    change: Option<Decimal>,
    /// In words, Chinese.
    detail: Option<String>,
}

impl MetricCompared {
    pub(super) fn new(metric: Metric, from: Side, to: Side) -> Self {
        let definition = metric.definition();
        let beside: Vec<_> =
            definition.figures.iter().map(|figure| Beside::new(figure, &from, &to)).collect();
        let changes = rules::changes(from.rows, to.rows);
        let rows_total = i64::try_from(changes.len()).unwrap_or(i64::MAX);
        let (listed, others) = rules::largest(changes, LISTED);
        let unlisted = |figure: &Figure| -> Decimal {
            others.iter().filter(|change| change.row.figure == figure.name).map(Change::amount).sum()
        };
        let figures = definition.figures.iter().zip(beside);
        Self {
            name: definition.name,
            label: definition.label,
            from_stat_date: from.reading.stat_date,
            to_stat_date: to.reading.stat_date,
            figures: figures.map(|(figure, beside)| beside.out(figure, unlisted(figure))).collect(),
            rows: listed
                .into_iter()
                .map(|change| RowChanged::new(definition.unit(change.row.figure), change))
                .collect(),
            rows_total,
        }
    }
}

/// A figure's two values, and what the rows say of each.
struct Beside {
    values: [Option<Value>; 2],
    explained: [Option<Value>; 2],
}

impl Beside {
    fn new(figure: &Figure, from: &Side, to: &Side) -> Self {
        let value = |side: &Side| side.reading.value(figure.name).cloned();
        let explained =
            |side: &Side| rules::explain(figure, side.reading.value(figure.name), &side.rows).value;
        Self { values: [value(from), value(to)], explained: [explained(from), explained(to)] }
    }

    fn out(self, figure: &Figure, unlisted: Decimal) -> FigureCompared {
        let change = |sides: &[Option<Value>; 2]| {
            let number = |side: &Option<Value>| amount(figure, side.as_ref());
            let [from, to] = sides.each_ref().map(number);
            (from.is_some() || to.is_some()).then(|| to.unwrap_or_default() - from.unwrap_or_default())
        };
        let (changed, explained) = (change(&self.values), change(&self.explained));
        let difference = (changed.is_some() || explained.is_some())
            .then(|| changed.unwrap_or_default() - explained.unwrap_or_default());
        let [from, to] = &self.values;
        FigureCompared {
            name: figure.name,
            label: figure.label,
            unit: figure.unit.as_str(),
            from_value: amount(figure, from.as_ref()),
            to_value: amount(figure, to.as_ref()),
            from_text: text(from.as_ref()),
            to_text: text(to.as_ref()),
            change: changed,
            explained,
            difference,
            unlisted: figure.unit.places().map(|_| figure.unit.part(unlisted)),
        }
    }
}

impl RowChanged {
    fn new(unit: Unit, change: Change) -> Self {
        let part = |side: &Option<Value>| side.as_ref().and_then(Value::number).map(|part| unit.part(part));
        let is_word = [&change.from, &change.to].into_iter().flatten().any(|side| side.word().is_some());
        Self {
            from_amount: part(&change.from),
            to_amount: part(&change.to),
            from_text: text(change.from.as_ref()),
            to_text: text(change.to.as_ref()),
            change: (!is_word).then(|| unit.part(change.amount())),
            figure: change.row.figure,
            source: change.row.source,
            key: change.row.key,
            date: change.row.date,
            detail: change.row.detail,
        }
    }
}
