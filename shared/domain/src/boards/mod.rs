//! The boards: how coaches are ordered, and how a figure stands against the one of the period before.
mod coach_order;
mod comparison;

pub use coach_order::{CoachOrder, Standing, UnknownOrder};
pub use comparison::{Comparison, Direction, share};
