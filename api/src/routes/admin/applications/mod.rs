//! `/api/admin/applications`
mod application_out;
mod approve;
mod list;
mod reject;

pub use approve::{__path_approve, approve};
pub use list::{__path_list, list};
pub use reject::{__path_reject, reject};
