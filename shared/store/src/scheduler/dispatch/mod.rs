//! Due slots and waiting events become runs, each kind in one transaction that also pushes the tickets.
//!
//! Any number of processes do this at once: rows that another is dispatching are skipped, and the slot and pending
//! indexes hold even if two see the same moment.

mod inbox;
mod plan;
mod slots;

use domain::schedule::{Coalesce, Scope};

pub use inbox::inbox;
pub use slots::slots;

/// Dispatch does not wait for the disk: what a crash of the server loses is still due or undispatched and is made again,
/// and the log's order loses with it whatever its runs have written since.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off";

/// How a job type runs unless its configuration says otherwise; unknown types as `Site`, `Site`.
pub type Defaults<'a> = dyn Fn(&str) -> (Scope, Coalesce) + Send + Sync + 'a;

/// What one transaction of a dispatcher did.
#[derive(Debug, Default)]
pub struct Dispatched {
    /// Jobs or events that were taken.
    pub taken: usize,
    /// Runs made.
    pub runs: usize,
    /// Events that joined a run that was waiting already.
    pub joined: usize,
    /// Events that nobody listens to.
    pub unheard: usize,
    /// Slots passed over after a downtime.
    pub skipped: u64,
    /// How late each slot was dispatched, in seconds.
    pub lateness: Vec<f64>,
    /// Jobs whose configuration cannot be read: name and everything wrong with it.
    pub unreadable: Vec<(String, String)>,
    /// Events that made no run: id and why.
    pub refused: Vec<(i64, String)>,
}

/// Where the error of an unreadable configuration begins in `last_error`.
pub(super) const UNREADABLE: &str = "trigger_config: ";
