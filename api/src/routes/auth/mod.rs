//! `/api/xcx/auth`
mod dev_login;
mod me;

pub use dev_login::{__path_dev_login, dev_login};
pub use me::{__path_me, me};
