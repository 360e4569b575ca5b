//! What the system does, one verb per file: load → decide (a pure rule) → save → enqueue, in the caller's transaction.
pub mod account;
pub mod clue;
pub mod event;
pub mod job;
pub mod note;
pub mod rule;
pub mod run;
pub mod sandbox;
pub mod site;
pub mod task;
