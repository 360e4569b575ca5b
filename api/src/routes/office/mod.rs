//! `/api/auth`: signing in to the back office.
mod login;
mod refresh;

pub(crate) use login::sign_in;
pub use login::{__path_login, login};
pub use refresh::{__path_refresh, refresh};
