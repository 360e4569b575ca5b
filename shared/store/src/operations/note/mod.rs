//! Notes.
mod create;
mod delete;
pub mod score;

pub use create::{Refused, create};
pub use delete::{Kept, delete};
