//! The scheduler's protocol: dispatch, claim, lease, fence, finish.
//!
//! `biz.trigger_runs` is the truth about every run; `apalis` only carries tickets that bring workers here. Everything
//! that must hold under crashes and races is held by rows: three unique indexes (pending, running, slot), the epoch
//! that each claim raises, and the row lock by which effects and takeover exclude each other.
//!
//! | module | step |
//! |---|---|
//! | [`dispatch`] | due slots and waiting events become runs |
//! | [`claim`] | a worker takes eligible runs |
//! | [`lease`] | and keeps them |
//! | [`finish`] | what an attempt's end does to the run and its job |
//! | [`reconcile`] | expired leases, lost tickets |
//! | [`pulse`] | whether there is anything to do, and the sizes of it |
//! | [`presence`] | which processes live and what they can run |
//! | [`operate`] | run now, cancel, retry |
//! | [`budget`] | connections |
//! | [`events`] | firing events, and reading those of a run |
//! | [`prune`] | retention |

pub mod budget;
pub mod claim;
pub mod dispatch;
pub mod events;
pub mod finish;
pub mod lease;
pub mod operate;
pub mod presence;
pub mod prune;
pub mod pulse;
pub mod reconcile;
mod run;

pub use run::{Run, Trigger};
