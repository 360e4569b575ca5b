//! The figures that can be asked for by name, of any business date, with the rows behind them.
//!
//! [`Metric`] is the registry: what it knows of a figure (meaning, unit, source, formula, what "as of" means) is the page
//! `docs/metrics.md` and the tests' list of what has to hold. Whoever adds a variant is asked by the compiler how it is
//! defined here, and how it is read and explained where it is read.

mod account;
mod registry;
mod rules;
mod subject;

pub use account::{Change, Explained, Reading, Row, Value, changes, explain, largest};
pub use registry::{Definition, Figure, Metric, Unit, UnknownMetric};
pub use rules::{
    Criterion, grade, hours_weight, is_lost, is_lost_in_month, is_new, mean, median, rate, score, shares,
    stars, visit_weight,
};
pub use subject::{BadSubject, Of, Subject};
