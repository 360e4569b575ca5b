//! `/api/xcx/notes`
mod create;
mod delete;
mod list;
mod note_out;
mod reach;

pub use create::{__path_create, create};
pub use delete::{__path_delete, delete};
pub use list::{__path_list, list};
pub(super) use note_out::NoteOut;
