//! `/api/xcx/replay`
mod compare;
mod compared_out;
mod explain;

pub use compare::{__path_compare, compare};
pub use explain::{__path_explain, explain};
