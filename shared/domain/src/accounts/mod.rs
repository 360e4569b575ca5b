//! People who sign in: what they may call themselves, which status follows, when a refresh token is taken.
pub mod entries;
pub mod refresh;
pub mod role;
pub mod status;

pub use role::Role;
pub use status::AccountStatus;
