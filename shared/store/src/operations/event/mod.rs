//! What operators put into the inbox.
mod fire;

pub use fire::{NotFired, fire};
