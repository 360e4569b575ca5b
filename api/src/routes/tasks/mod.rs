//! `/api/xcx/tasks`
mod abandon;
mod cancel_abandon;
mod example;
mod history;
mod item;
mod list;
mod now;
mod performance;
mod pin;
mod show;
mod surroundings;
mod transfer;
mod unpin;

pub use abandon::{__path_abandon, abandon};
pub use cancel_abandon::{__path_cancel_abandon, __path_restore, cancel_abandon, restore};
pub(super) use item::{task_statuses, task_types};
pub use list::{__path_list, list};
pub use pin::{__path_pin, pin};
pub use show::{__path_show, show};
pub use transfer::{__path_transfer, transfer};
pub use unpin::{__path_unpin, unpin};
