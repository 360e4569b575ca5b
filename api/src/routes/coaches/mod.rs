//! `/api/xcx/coaches`
mod history;
mod money;
mod record;
mod show;
mod task;
mod top_customer;

pub(super) use record::CoachServiceRecord;
pub use show::{__path_show, show};
