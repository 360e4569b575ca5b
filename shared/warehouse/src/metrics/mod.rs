//! The metrics of [`domain::metrics`], as far as the warehouse knows them: what each is, and the rows behind it.
//!
//! What a page shows too is read by the page's own function; the rows come from the facts wherever a snapshot was made of
//! them, so that they prove it.
pub mod coach;
pub mod member;
pub mod site;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{Calendar, Period, RuntimeContext};

/// When a snapshot's date had ended: what was loaded from then on was learned late.
fn ended(ctx: &RuntimeContext, stat_date: NaiveDate) -> DateTime<Utc> {
    ctx.calendar.start_of(stat_date + Days::new(1))
}

/// Before all business.
fn ever(ctx: &RuntimeContext) -> DateTime<Utc> {
    ctx.calendar.start_of(NaiveDate::default())
}

/// The month up to today.
fn month(ctx: &RuntimeContext) -> Period {
    domain::period::Time::Month.on(ctx.today())
}

/// First and last of the days that end with `last`.
fn last_days(last: NaiveDate, days: u32) -> (NaiveDate, NaiveDate) {
    Calendar::last_days(last, days)
}
