//! `/api/xcx/performance`
mod customer;
mod overview;
mod pay;
mod records;
mod tier;
mod whose;

pub use overview::{__path_overview, overview};
pub use records::{__path_records, records};
pub(super) use tier::TierStanding;
