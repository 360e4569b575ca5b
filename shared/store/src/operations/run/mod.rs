//! What operators do to runs.
mod cancel;
mod retry;

pub use cancel::cancel;
pub use retry::retry;
