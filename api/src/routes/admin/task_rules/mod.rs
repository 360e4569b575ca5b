//! `/api/admin/task-rules`
mod edit;
mod preview;
mod rules_out;
mod show;

pub use edit::{__path_edit, edit};
pub use preview::{__path_preview, preview};
pub use show::{__path_show, show};
