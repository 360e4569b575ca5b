//! `/api/admin`
pub mod applications;
pub mod audit;
mod coach;
pub mod runtime_context;
pub mod task_rules;
pub mod users;
