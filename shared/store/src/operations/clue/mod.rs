//! Retention clues: what they said before stays readable.
mod delete;
mod edit;

pub use delete::delete;
pub use edit::edit;
