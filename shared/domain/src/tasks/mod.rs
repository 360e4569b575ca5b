//! The task engine's rules.
//!
//! [`rules`] says which task a pair of coach and member deserves, [`generator`] what a site's morning changes about the
//! tasks that are there, [`action`] what people may do to one, [`recall`] which service completes a recall, [`follow_up`] what comes after one.

pub mod action;
pub mod follow_up;
pub mod generator;
pub mod recall;
pub mod rule_edit;
pub mod rules;

mod kind;
mod reason;

pub use kind::{HistoryAction, TaskStatus, TaskType, Unknown};
pub use reason::TaskReason;
pub use rules::{Indices, Rule, Thresholds, determine_task_type, heart};
