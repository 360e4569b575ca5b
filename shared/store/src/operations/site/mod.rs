//! What a site is set to.
mod business_day;

pub use business_day::{BusinessDay, Change, Refused, change, show};
