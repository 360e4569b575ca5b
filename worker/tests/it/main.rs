//! The worker against real PostgreSQL: in this process with jobs of the tests' own, and as real processes that are
//! killed, drained and cut off from their database.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, and its helpers with it")]

mod apalis;
mod claim;
mod dispatch;
mod engine;
mod faults;
mod fixture;
mod handlers;
mod idle;
mod interleave;
mod live_edits;
mod model;
mod note_scores;
mod outage;
mod process;
mod promises;
mod retention;
mod service;
mod stale_plans;
