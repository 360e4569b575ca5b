//! `/api/ops/jobs`
mod disable;
mod edit;
mod enable;
mod job_out;
mod list;
mod preview;
mod run;
mod show;
mod slots_out;
mod upcoming;

pub use disable::{__path_disable, disable};
pub use edit::{__path_edit, edit};
pub use enable::{__path_enable, enable};
pub use list::{__path_list, list};
pub use preview::{__path_preview, preview};
pub use run::{__path_run, run};
pub use show::{__path_show, show};
pub use upcoming::{__path_upcoming, upcoming};
