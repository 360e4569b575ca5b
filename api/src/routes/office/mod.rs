//! `/api/auth`: signing in to the back office.
mod login;
mod refresh;

pub use login::{__path_login, login};
pub use refresh::{__path_refresh, refresh};
