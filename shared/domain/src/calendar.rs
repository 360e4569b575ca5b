//! Business dates: a hall that closes at 04:00 books that night on the day before.
use std::ops::Range;

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

/// Zone and cut-off hour of a site; the only place that turns instants into dates and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    cutoff_hour: u8,
}

/// A zone or cut-off that no calendar can be built from.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CalendarError {
    /// Not in the IANA database compiled in.
    #[error("unknown time zone {0:?}: an IANA name such as Asia/Shanghai is needed")]
    UnknownZone(String),
    /// Outside 0–23.
    #[error("business-day cut-off hour {0} is not in 0–23")]
    CutoffHour(i16),
}

impl Calendar {
    /// A calendar from a site's columns.
    pub fn new(zone: &str, cutoff_hour: i16) -> Result<Self, CalendarError> {
        let zone = zone.parse().map_err(|_| CalendarError::UnknownZone(zone.to_owned()))?;
        match u8::try_from(cutoff_hour) {
            Ok(cutoff_hour @ 0..=23) => Ok(Self { zone, cutoff_hour }),
            _ => Err(CalendarError::CutoffHour(cutoff_hour)),
        }
    }

    /// The site's zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The local hour at which a business day ends.
    pub fn cutoff_hour(&self) -> u8 {
        self.cutoff_hour
    }

    /// `((ts AT TIME ZONE zone) − cutoff hours)::date`.
    pub fn business_date(&self, ts: DateTime<Utc>) -> NaiveDate {
        (ts.with_timezone(&self.zone).naive_local() - self.cutoff()).date()
    }

    /// The instant at which a business date begins; the one before ends there.
    pub fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.instant(date.and_time(chrono::NaiveTime::MIN) + self.cutoff())
    }

    /// The half-open range of instants of the business dates `first..=last`.
    pub fn range(&self, first: NaiveDate, last: NaiveDate) -> Range<DateTime<Utc>> {
        self.start_of(first)..self.start_of(next_day(last))
    }

    /// "Last N days" as dates: the N business dates that end with `today`, first and last.
    pub fn last_days(today: NaiveDate, n: u32) -> (NaiveDate, NaiveDate) {
        (today - Days::new(u64::from(n.saturating_sub(1))), today)
    }

    /// First day of the date's month.
    pub fn month_of(date: NaiveDate) -> NaiveDate {
        date - Days::new(u64::from(date.day0()))
    }

    /// First day of the month after.
    pub fn next_month(date: NaiveDate) -> NaiveDate {
        Self::month_of(date) + Months::new(1)
    }

    /// Monday of the date's week.
    pub fn week_of(date: NaiveDate) -> NaiveDate {
        date - Days::new(u64::from(date.weekday().num_days_from_monday()))
    }

    /// The instant of a local wall-clock time: a time inside a spring gap is the gap's end, an ambiguous one the first.
    pub fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        instant_in(self.zone, local)
    }

    fn cutoff(&self) -> Duration {
        Duration::hours(i64::from(self.cutoff_hour))
    }
}

/// The instant of a local wall-clock time in a zone: gap → its end, ambiguous → the first pass.
pub fn instant_in(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        chrono::LocalResult::Single(t) => t.to_utc(),
        chrono::LocalResult::Ambiguous(first, _) => first.to_utc(),
        chrono::LocalResult::None => gap_end(zone, local),
    }
}

/// First instant after the gap that swallows `local`: gaps begin and end on whole seconds, so halving finds the edge.
fn gap_end(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    // Offsets are within a day, and even Apia's missing date is one day long.
    let mut before = Utc.from_utc_datetime(&(local - Duration::days(2))).timestamp();
    let mut after = Utc.from_utc_datetime(&(local + Duration::days(2))).timestamp();
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let shown = DateTime::from_timestamp(middle, 0).map(|t| t.with_timezone(&zone).naive_local());
        if shown.is_some_and(|shown| shown < local) { before = middle } else { after = middle }
    }
    DateTime::from_timestamp(after, 0).unwrap_or_default()
}

fn next_day(date: NaiveDate) -> NaiveDate {
    date + Days::new(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shanghai() -> Calendar {
        Calendar::new("Asia/Shanghai", 8).unwrap()
    }

    #[test]
    fn a_night_belongs_to_the_day_before() {
        let at = |s: &str| shanghai().business_date(s.parse().unwrap());
        let d = |s: &str| s.parse::<NaiveDate>().unwrap();
        assert_eq!(at("2026-04-20T20:00:00Z"), d("2026-04-20")); // 04:00 on the 21st
        assert_eq!(at("2026-04-20T23:59:59Z"), d("2026-04-20")); // 07:59:59
        assert_eq!(at("2026-04-21T00:00:00Z"), d("2026-04-21")); // 08:00
    }

    #[test]
    fn bad_zone_and_hour_are_named() {
        assert_eq!(Calendar::new("Mars/Base", 8), Err(CalendarError::UnknownZone("Mars/Base".into())));
        assert_eq!(Calendar::new("Asia/Shanghai", 24), Err(CalendarError::CutoffHour(24)));
        assert_eq!(Calendar::new("Asia/Shanghai", -1), Err(CalendarError::CutoffHour(-1)));
    }

    #[test]
    fn a_missing_day_ends_where_the_next_begins() {
        // Samoa had no 30 December 2011.
        let apia = Calendar::new("Pacific/Apia", 8).unwrap();
        let gone: NaiveDate = "2011-12-30".parse().unwrap();
        assert_eq!(apia.start_of(gone), "2011-12-30T10:00:00Z".parse::<DateTime<Utc>>().unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Every instant lies in the range of its own business date and of no other.
        #[test]
        fn an_instant_is_in_the_range_of_its_date(
            seconds in 1_000_000_000i64..2_000_000_000,
            zone in prop::sample::select(vec!["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Europe/London", "UTC"]),
            cutoff in 4i16..=23,
        ) {
            let calendar = Calendar::new(zone, cutoff).unwrap();
            let ts = DateTime::from_timestamp(seconds, 0).unwrap();
            let date = calendar.business_date(ts);
            prop_assert!(calendar.range(date, date).contains(&ts));
            prop_assert!(!calendar.range(date - Days::new(1), date - Days::new(1)).contains(&ts));
        }

        #[test]
        fn weeks_begin_on_monday_and_months_on_the_first(days in 0u64..40_000) {
            let date = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(days);
            let week = Calendar::week_of(date);
            prop_assert_eq!(week.weekday(), chrono::Weekday::Mon);
            prop_assert!((date - week).num_days() < 7 && week <= date);
            let month = Calendar::month_of(date);
            prop_assert_eq!((month.day(), month.month(), month.year()), (1, date.month(), date.year()));
            prop_assert!(Calendar::next_month(date) > date);
        }
    }
}
