//! `/api/xcx/notes`
mod create;
mod list;
mod note_out;
mod reach;

pub use create::{__path_create, create};
pub use list::{__path_list, list};
