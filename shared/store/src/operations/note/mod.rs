//! Notes.
mod create;

pub use create::{Refused, create};
