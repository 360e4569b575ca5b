//! `/api/ops/runs`
mod cancel;
mod list;
mod retry;
mod run_out;
mod show;

pub use cancel::{__path_cancel, cancel};
pub use list::{__path_list, list};
pub use retry::{__path_retry, retry};
pub use show::{__path_show, show};
