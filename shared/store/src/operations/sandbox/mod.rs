//! A whole site looks at a past date.
mod enter;
mod leave;

pub use enter::{LONGEST_MINUTES, enter};
pub use leave::leave;
