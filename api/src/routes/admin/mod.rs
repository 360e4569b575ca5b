//! `/api/admin`
pub mod applications;
mod coach;
pub mod users;
