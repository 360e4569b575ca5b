//! `/api/xcx/tasks`
mod item;
mod list;
mod performance;

pub use list::{__path_list, list};
