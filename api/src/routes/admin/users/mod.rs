//! `/api/admin/users`
mod disable;
mod enable;
mod list;
mod set_binding;
mod set_roles;
mod show;
mod user_out;

pub use disable::{__path_disable, disable};
pub use enable::{__path_enable, enable};
pub use list::{__path_list, list};
pub use set_binding::{__path_set_binding, set_binding};
pub use set_roles::{__path_set_roles, set_roles};
pub use show::{__path_show, show};
