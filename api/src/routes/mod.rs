//! One verb per file; groups as in the path.

pub mod admin;
pub mod auth;
pub mod board;
pub mod business_day;
pub mod clues;
mod degrade;
pub mod health;
pub mod notes;
pub mod office;
pub mod tasks;
