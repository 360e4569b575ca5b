//! The task rules of a site.
mod edit;
mod preview;
mod show;

pub use edit::{Edit, edit};
pub use preview::{CoachPlan, preview};
pub use show::{Rules, show};
