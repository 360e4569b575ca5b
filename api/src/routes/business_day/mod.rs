//! `/api/business-day`
mod change;
mod day_out;
mod show;

pub use change::{__path_change, change};
pub use show::{__path_show, show};
