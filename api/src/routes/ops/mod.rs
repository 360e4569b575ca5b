//! `/api/ops`: the scheduler, as its operators see and steer it, over every site.
pub mod events;
pub mod jobs;
mod queue;
pub mod runs;

pub use queue::{__path_queue, queue};
