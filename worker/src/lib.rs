//! Runs `biz.trigger_jobs`: decides what is due, claims runs, calls handlers, ends runs. Any number of processes on
//! any number of hosts do all of this at once, with no leader; every decision is a row in the business database.
//!
//! A new job is a handler in [`jobs`] and one line in [`registry`]. The handler's contract is in [`job`].

pub mod app;
pub mod bench;
pub mod cli;
mod dispatcher;
pub mod job;
pub mod jobs;
mod metrics;
pub mod process;
mod prune;
mod queue;
mod reconciler;
pub mod registry;
mod runner;
mod signals;
mod systemd;

pub use app::App;
pub use job::{JobContext, JobError, Outcome, Run};
pub use process::Process;
pub use registry::Registry;
