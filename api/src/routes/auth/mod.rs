//! `/api/xcx/auth`
mod application_out;
mod applications;
mod apply;
mod dev_login;
pub(super) mod entry;
mod login;
mod logout;
mod me;
mod phone;
pub(super) mod refresh;
pub(crate) mod session;
mod switch_site;

pub use applications::{__path_applications, applications};
pub use apply::{__path_apply, apply};
pub use dev_login::{__path_dev_login, dev_login};
pub use login::{__path_login, login};
pub use logout::{__path_logout, logout};
pub use me::{__path_me, me};
pub use phone::{__path_phone, phone};
pub use refresh::{__path_refresh, refresh};
pub use switch_site::{__path_switch_site, switch_site};
