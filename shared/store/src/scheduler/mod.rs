//! The scheduler's protocol: dispatch, claim, lease, fence, finish.
//!
//! `biz.trigger_runs` is the truth about every run; `apalis` only carries tickets that bring workers here. Everything
//! that must hold under crashes and races is held by rows: three unique indexes (pending, running, slot), the epoch
//! that each claim raises, and the row lock by which effects and takeover exclude each other.
//!
//! | module | step |
//! |---|---|
//! | [`dispatch`] | due slots and waiting events become runs |
//! | [`claim`] | a worker takes eligible runs, renews their lease |
//! | [`finish`] | what an attempt's end does to the run and its job |
//! | [`reconcile`] | expired leases, lost tickets |
//! | [`pulse`] | whether there is anything to do, and the sizes of it |
//! | [`operate`] | run now, cancel, retry |
//! | [`events`] | firing events, and reading those of a run |
//! | [`prune`] | retention |

pub mod claim;
pub mod dispatch;
pub mod events;
pub mod finish;
pub mod operate;
pub mod prune;
pub mod pulse;
pub mod reconcile;
mod run;

pub use run::{Run, Trigger};
/// For crates that hold no SQL, and so no `sqlx`.
pub use sqlx::PgPool;
