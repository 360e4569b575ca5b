//! The generated chain and the roll-up: believable, deterministic, continued, and equal to a slow oracle.
mod books;
mod chain;
mod definitions;
mod frozen;
mod money;
mod oracle;

use chrono::{DateTime, NaiveDate, Utc};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}
