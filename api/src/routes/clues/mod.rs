//! `/api/member-retention-clue`
mod clue_out;
mod create;
mod delete;
mod edit;
mod list;
mod show;

pub(super) use clue_out::ClueOut;
pub use create::{__path_create, create};
pub use delete::{__path_delete, delete};
pub use edit::{__path_edit, edit};
pub use list::{__path_list, list};
pub use show::{__path_show, show};
