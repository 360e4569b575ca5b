//! `/api/xcx/customers`
mod coaches;
mod consumption;
mod contact;
mod example;
mod metric;
mod reach;
mod records;
mod search;
mod show;

pub use contact::{__path_contact, contact};
pub(super) use reach::Reach;
pub use records::{__path_records, records};
pub use search::{__path_search, search};
pub use show::{__path_show, show};
