//! `/api/admin/audit`
mod list;

pub use list::{__path_list, list};
