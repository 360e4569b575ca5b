//! What "now" and "today" mean for one request or one run.
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};

use crate::{Calendar, SiteId};

/// Live, or the hall as it stood at the end of a past business date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Today.
    Live,
    /// As of the end of that business date.
    AsOf(NaiveDate),
}

/// Built once per request or run, from the statement that opens its transaction, and passed to every figure.
///
/// A figure asks it for four things and for nothing else: [`today`](Self::today) (newest snapshot, periods, day counts),
/// [`now`](Self::now) (what has run out), [`moment`](Self::moment) (versions of dimensions), [`horizon`](Self::horizon)
/// (what had happened). Whoever does so answers for the past by the statement that answers for today.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeContext {
    /// The tenant.
    pub site_id: SiteId,
    /// Live or as of a date.
    pub mode: Mode,
    /// Live: the business clock, the database's `now()` plus the demo's offset. As of a past date: its last microsecond.
    pub now: DateTime<Utc>,
    /// The site's zone and cut-off.
    pub calendar: Calendar,
    /// As of a date: whether the warehouse has since learned of rows of that date or before.
    pub revised: bool,
}

/// A date that has not begun yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{asked} is after today, {today}")]
pub struct FutureDate {
    /// What was asked for.
    pub asked: NaiveDate,
    /// The live business date.
    pub today: NaiveDate,
}

impl RuntimeContext {
    /// The live context of a site at an instant.
    pub fn live(site_id: SiteId, now: DateTime<Utc>, calendar: Calendar) -> Self {
        Self { site_id, mode: Mode::Live, now, calendar, revised: false }
    }

    /// This live context as of a business date: the end of a past one; today's is now.
    pub fn as_of(self, date: NaiveDate) -> Result<Self, FutureDate> {
        let today = self.calendar.business_date(self.now);
        if date > today {
            return Err(FutureDate { asked: date, today });
        }
        let end = self.calendar.start_of(date + Days::new(1));
        Ok(Self { mode: Mode::AsOf(date), now: self.now.min(end - Duration::microseconds(1)), ..self })
    }

    /// The business date that figures are of.
    pub fn today(&self) -> NaiveDate {
        match self.mode {
            Mode::Live => self.calendar.business_date(self.now),
            Mode::AsOf(date) => date,
        }
    }

    /// The end of [`today`](Self::today), exclusive: facts at or after it belong to no figure of the context.
    pub fn end_of_today(&self) -> DateTime<Utc> {
        self.calendar.start_of(self.today() + Days::new(1))
    }

    /// Dimension versions that count began before it, and did not end before it. A version that ends exactly at the
    /// cut-off was the one that the whole day showed.
    pub fn moment(&self) -> DateTime<Utc> {
        let end = self.end_of_today();
        if self.now + Duration::microseconds(1) >= end { end } else { self.now }
    }

    /// What happened at or after it has not happened yet. Live it bounds nothing: whatever a transaction can see, has.
    pub fn horizon(&self) -> DateTime<Utc> {
        match self.mode {
            Mode::Live => FAR,
            Mode::AsOf(_) => self.end_of_today(),
        }
    }
}

/// Later than anything: 9999-12-31.
const FAR: DateTime<Utc> = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(far) => far,
    None => DateTime::<Utc>::MAX_UTC,
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400;

    fn live(seconds: i64, zone: &str, cutoff: i16) -> RuntimeContext {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        RuntimeContext::live(SiteId(1), now, Calendar::new(zone, cutoff).unwrap())
    }

    fn contexts() -> impl Strategy<Value = RuntimeContext> {
        let zones = vec!["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC"];
        (1_500_000_000i64..2_000_000_000, prop::sample::select(zones), 4i16..=23)
            .prop_map(|(seconds, zone, cutoff)| live(seconds, zone, cutoff))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// As of today is live, but for what has been seen: nobody has seen tomorrow.
        #[test]
        fn as_of_today_is_live(ctx in contexts()) {
            let today = ctx.as_of(ctx.today()).unwrap();
            prop_assert_eq!((today.now, today.today(), today.moment()), (ctx.now, ctx.today(), ctx.moment()));
            prop_assert!(today.horizon() > ctx.now && ctx.horizon() > today.horizon());
        }

        /// A past date's now is its own last instant, whatever the time of day at which one asks.
        #[test]
        fn a_past_date_ends_at_its_cut_off(ctx in contexts(), back in 1u64..900, later in 0..DAY) {
            let date = ctx.today() - Days::new(back);
            let past = ctx.as_of(date).unwrap();
            prop_assert_eq!(past.calendar.business_date(past.now), date);
            prop_assert_eq!(past.calendar.business_date(past.now + Duration::microseconds(1)), date + Days::new(1));
            prop_assert_eq!((past.moment(), past.horizon()), (past.end_of_today(), past.end_of_today()));
            let asked_later = RuntimeContext { now: ctx.now + Duration::seconds(later), ..ctx }.as_of(date).unwrap();
            prop_assert_eq!((asked_later.now, asked_later.today()), (past.now, past.today()));
        }

        #[test]
        fn the_future_is_refused(ctx in contexts(), ahead in 1u64..900) {
            let asked = ctx.today() + Days::new(ahead);
            prop_assert_eq!(ctx.as_of(asked).unwrap_err(), FutureDate { asked, today: ctx.today() });
        }
    }
}
