//! `/api/ops/events`
mod event_out;
mod fire;
mod list;

pub use fire::{__path_fire, fire};
pub use list::{__path_list, list};
