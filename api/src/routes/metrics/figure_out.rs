//! A metric and its figures, as the API shows them.
use chrono::NaiveDate;
use domain::metrics::{Figure, Metric, Of, Reading, Unit, Value};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::{ToSchema, openapi::schema::Object};

use crate::openapi;

/// A metric of a date.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricOut {
    /// In the API.
    name: &'static str,
    /// In Chinese.
    label: &'static str,
    /// Of whom, as asked; null for the hall.
    id: Option<String>,
    /// Snapshot or newest day it is of; null: of the date itself, or there is no snapshot.
    stat_date: Option<NaiveDate>,
    /// Most metrics have one.
    figures: Vec<FigureOut>,
}

/// One of its figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FigureOut {
    /// In the API.
    name: &'static str,
    /// In Chinese.
    label: &'static str,
    /// What it is counted in.
    #[schema(schema_with = units)]
    unit: &'static str,
    /// In its unit; null: nothing is known, or it is no number.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    value: Option<Decimal>,
    /// A level or a grade; null for numbers.
    text: Option<String>,
}

/// Schema of a unit.
pub(in crate::routes) fn units() -> Object {
    openapi::one_of(Unit::ALL.map(Unit::as_str)).build()
}

/// A number in its figure's places.
pub(in crate::routes) fn amount(figure: &Figure, value: Option<&Value>) -> Option<Decimal> {
    value.and_then(Value::number).map(|number| figure.unit.fixed(number))
}

/// A word.
pub(in crate::routes) fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::word).map(str::to_owned)
}

impl FigureOut {
    fn new(figure: &Figure, value: Option<&Value>) -> Self {
        Self {
            name: figure.name,
            label: figure.label,
            unit: figure.unit.as_str(),
            value: amount(figure, value),
            text: text(value),
        }
    }
}

impl MetricOut {
    /// Of what was read.
    pub(super) fn new(metric: Metric, of: Of, reading: &Reading) -> Self {
        let definition = metric.definition();
        let figures = definition.figures.iter();
        Self {
            name: definition.name,
            label: definition.label,
            id: of.id(),
            stat_date: reading.stat_date,
            figures: figures.map(|figure| FigureOut::new(figure, reading.value(figure.name))).collect(),
        }
    }
}
