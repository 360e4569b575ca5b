//! One verb per file; groups as in the path.

pub mod admin;
pub mod ai_cache;
pub mod auth;
pub mod board;
pub mod business_day;
pub mod clues;
pub mod coaches;
pub mod config;
pub mod customers;
mod days;
mod degrade;
pub mod health;
pub mod metrics;
mod month;
pub mod notes;
pub mod office;
pub mod ops;
pub mod performance;
pub mod replay;
pub mod tasks;
