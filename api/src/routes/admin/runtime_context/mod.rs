//! `/api/admin/runtime-context`
mod enter;
mod leave;
mod runtime_out;
mod show;

pub use enter::{__path_enter, enter};
pub use leave::{__path_leave, leave};
pub use show::{__path_show, show};
