//! One verb per file; groups as in the path.

pub mod auth;
pub mod clues;
mod degrade;
pub mod health;
pub mod notes;
pub mod tasks;
