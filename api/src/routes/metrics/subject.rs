//! Which metric, and of whom.
use domain::metrics::{Metric, Of};
use utoipa::openapi::{
    path::Parameter,
    schema::{ObjectBuilder, Type},
};

use crate::{
    error::ApiError,
    extract::{MAX_ID, QueryReader},
    openapi::query,
};

/// Every name, for the document.
pub(in crate::routes) fn metric_names() -> impl Iterator<Item = &'static str> {
    Metric::ALL.iter().map(|metric| metric.as_str())
}

/// A metric by its name; `field` is where the name stands.
pub(in crate::routes) fn named(field: &str, name: &str) -> Result<Metric, ApiError> {
    let words = || format!("须为以下之一:{}", metric_names().collect::<Vec<_>>().join("、"));
    name.parse().map_err(|_| ApiError::field(field, words()))
}

/// `id`, as the document says it.
pub(in crate::routes) fn id_param() -> Parameter {
    let said = "Member, coach, or coach:member, by the metric; absent for the hall's.";
    let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[1-9][0-9]*(:[1-9][0-9]*)?$"));
    query("id", false, said, id)
}

/// Reads `id`.
pub(in crate::routes) fn read_id(query: &mut QueryReader) -> Option<String> {
    query.optional("id", "编号")
}

/// Of whom a metric is.
pub(in crate::routes) fn of(metric: Metric, id: Option<&str>) -> Result<Of, ApiError> {
    metric.definition().subject.read(id, MAX_ID).map_err(|why| ApiError::field("id", why))
}
