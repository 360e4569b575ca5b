//! Periods of the boards: a word such as `month`, or two dates, and the period before that it is compared with.
use std::{fmt, str::FromStr};

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::Calendar;

/// The words of the parameter `time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Time {
    /// Today alone.
    Today,
    /// Yesterday alone.
    Yesterday,
    /// From Monday on.
    Week,
    /// Monday to Sunday of the week before.
    LastWeek,
    /// From the first of the month on.
    Month,
    /// The whole month before.
    LastMonth,
    /// From the first of January, April, July or October on.
    Quarter,
    /// The whole quarter before.
    LastQuarter,
    /// From the first of January or July on.
    Half,
    /// From the first of January on.
    Year,
}

/// Not one of the words.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "time is one of today, yesterday, week, lastWeek, month, lastMonth, quarter, lastQuarter, half, year"
)]
pub struct UnknownTime;

/// Two dates that make no period.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSpan {
    /// `from` is after `to`.
    #[error("from {from} is after to {to}")]
    Reversed {
        /// First date asked for.
        from: NaiveDate,
        /// Last date asked for.
        to: NaiveDate,
    },
    /// Longer than [`Period::LONGEST`].
    #[error("{days} days are more than the {} that one answer covers", Period::LONGEST)]
    TooLong {
        /// Days asked for.
        days: i64,
    },
    /// Before year 1 of the calendar, or so close to its end that no span fits.
    #[error("{0} is no date of business")]
    OutOfRange(NaiveDate),
}

/// Business dates, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    first: NaiveDate,
    last: NaiveDate,
    /// Where the period before begins and ends.
    before: (NaiveDate, NaiveDate),
}

impl Time {
    /// Every word.
    pub const ALL: [Self; 10] = [
        Self::Today,
        Self::Yesterday,
        Self::Week,
        Self::LastWeek,
        Self::Month,
        Self::LastMonth,
        Self::Quarter,
        Self::LastQuarter,
        Self::Half,
        Self::Year,
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Week => "week",
            Self::LastWeek => "lastWeek",
            Self::Month => "month",
            Self::LastMonth => "lastMonth",
            Self::Quarter => "quarter",
            Self::LastQuarter => "lastQuarter",
            Self::Half => "half",
            Self::Year => "year",
        }
    }

    /// The period that the word means on a business date.
    pub fn on(self, today: NaiveDate) -> Period {
        let yesterday = today - Days::new(1);
        match self {
            Self::Today => Unit::Day.to_date(today),
            Self::Yesterday => Unit::Day.whole(yesterday),
            Self::Week => Unit::Week.to_date(today),
            Self::LastWeek => Unit::Week.whole(Unit::Week.before(today)),
            Self::Month => Unit::Months(1).to_date(today),
            Self::LastMonth => Unit::Months(1).whole(Unit::Months(1).before(today)),
            Self::Quarter => Unit::Months(3).to_date(today),
            Self::LastQuarter => Unit::Months(3).whole(Unit::Months(3).before(today)),
            Self::Half => Unit::Months(6).to_date(today),
            Self::Year => Unit::Months(12).to_date(today),
        }
    }
}

impl FromStr for Time {
    type Err = UnknownTime;

    fn from_str(word: &str) -> Result<Self, UnknownTime> {
        Self::ALL.into_iter().find(|time| time.as_str() == word).ok_or(UnknownTime)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Period {
    /// Days of the longest span that `from` and `to` may ask for: ten years.
    pub const LONGEST: i64 = 3_660;

    /// From one date to another; compared with the equally long span just before.
    pub fn between(from: NaiveDate, to: NaiveDate) -> Result<Self, BadSpan> {
        if from > to {
            return Err(BadSpan::Reversed { from, to });
        }
        for date in [from, to] {
            if !(1970..=9999).contains(&date.year()) {
                return Err(BadSpan::OutOfRange(date));
            }
        }
        let days = (to - from).num_days() + 1;
        if days > Self::LONGEST {
            return Err(BadSpan::TooLong { days });
        }
        let before = from - Days::new(1);
        Ok(Self { first: from, last: to, before: (before - Days::new(days.unsigned_abs() - 1), before) })
    }

    /// The month of a date, whole; up to `today` where that lies in it.
    pub fn month(of: NaiveDate, today: NaiveDate) -> Self {
        let unit = Unit::Months(1);
        if Calendar::month_of(of) == Calendar::month_of(today) { unit.to_date(today) } else { unit.whole(of) }
    }

    /// First business date.
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// Last business date, included.
    pub fn last(&self) -> NaiveDate {
        self.last
    }

    /// How many dates.
    pub fn days(&self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// The period that this one is compared with: the calendar period before, up to the same number of elapsed days,
    /// whole if this one is; for two dates the span just before. Its own `previous` is the span before it.
    pub fn previous(&self) -> Self {
        let (first, last) = self.before;
        let days = (last - first).num_days().unsigned_abs() + 1;
        Self { first, last, before: (first - Days::new(days), first - Days::new(1)) }
    }

    /// Whether it is one whole calendar month, or one from its first day to `today`: then pay can be told for it.
    pub fn is_month(&self, today: NaiveDate) -> bool {
        let month = Calendar::month_of(self.first);
        self.first == month
            && (self.last == last_of_month(month)
                || (self.last == today && today >= month && Calendar::month_of(today) == month))
    }
}

/// A kind of calendar period; months are counted from January.
#[derive(Clone, Copy)]
enum Unit {
    Day,
    Week,
    Months(u32),
}

impl Unit {
    /// First day of the one that holds the date.
    fn first(self, date: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => date,
            Self::Week => Calendar::week_of(date),
            Self::Months(n) => Calendar::month_of(date) - Months::new(date.month0() % n),
        }
    }

    /// First day of the one before.
    fn before(self, date: NaiveDate) -> NaiveDate {
        self.first(self.first(date) - Days::new(1))
    }

    /// Last day of the one that holds the date.
    fn last(self, date: NaiveDate) -> NaiveDate {
        let first = self.first(date);
        match self {
            Self::Day => first,
            Self::Week => first + Days::new(6),
            Self::Months(n) => first + Months::new(n) - Days::new(1),
        }
    }

    fn whole(self, date: NaiveDate) -> Period {
        let before = self.before(date);
        Period { first: self.first(date), last: self.last(date), before: (before, self.last(before)) }
    }

    /// Up to the date: the one before is cut to as many days, or whole where this one is complete or it is too short.
    fn to_date(self, date: NaiveDate) -> Period {
        if date == self.last(date) {
            return self.whole(date);
        }
        let (first, before) = (self.first(date), self.before(date));
        let elapsed = (date - first).num_days().unsigned_abs();
        Period { first, last: date, before: (before, (before + Days::new(elapsed)).min(self.last(before))) }
    }
}

fn last_of_month(date: NaiveDate) -> NaiveDate {
    Unit::Months(1).last(date)
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn dates(period: Period) -> (NaiveDate, NaiveDate) {
        (period.first(), period.last())
    }

    #[test]
    fn words_mean_what_they_say() {
        // A Thursday.
        let today = d("2026-11-19");
        for (word, first, last, before_first, before_last) in [
            ("today", "2026-11-19", "2026-11-19", "2026-11-18", "2026-11-18"),
            ("yesterday", "2026-11-18", "2026-11-18", "2026-11-17", "2026-11-17"),
            ("week", "2026-11-16", "2026-11-19", "2026-11-09", "2026-11-12"),
            ("lastWeek", "2026-11-09", "2026-11-15", "2026-11-02", "2026-11-08"),
            ("month", "2026-11-01", "2026-11-19", "2026-10-01", "2026-10-19"),
            ("lastMonth", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"),
            ("quarter", "2026-10-01", "2026-11-19", "2026-07-01", "2026-08-19"),
            ("lastQuarter", "2026-07-01", "2026-09-30", "2026-04-01", "2026-06-30"),
            ("half", "2026-07-01", "2026-11-19", "2026-01-01", "2026-05-22"),
            ("year", "2026-01-01", "2026-11-19", "2025-01-01", "2025-11-19"),
        ] {
            let period = word.parse::<Time>().unwrap().on(today);
            assert_eq!(dates(period), (d(first), d(last)), "{word}");
            assert_eq!(dates(period.previous()), (d(before_first), d(before_last)), "before {word}");
        }
        assert_eq!("lastHalf".parse::<Time>(), Err(UnknownTime));
    }

    #[test]
    fn a_complete_period_is_compared_with_a_whole_one_and_a_short_one_does_not_overflow() {
        // February is complete on the 28th: January counts to its 31st.
        assert_eq!(dates(Time::Month.on(d("2026-02-28")).previous()), (d("2026-01-01"), d("2026-01-31")));
        // 30 days of March against all 28 of February.
        assert_eq!(dates(Time::Month.on(d("2026-03-30")).previous()), (d("2026-02-01"), d("2026-02-28")));
        assert_eq!(dates(Time::Year.on(d("2024-12-31")).previous()), (d("2023-01-01"), d("2023-12-31")));
    }

    #[test]
    fn two_dates_make_a_period_or_a_reason() {
        let period = Period::between(d("2026-11-10"), d("2026-11-12")).unwrap();
        assert_eq!(dates(period.previous()), (d("2026-11-07"), d("2026-11-09")));
        let reversed = Period::between(d("2026-11-12"), d("2026-11-10")).unwrap_err();
        assert_eq!(reversed.to_string(), "from 2026-11-12 is after to 2026-11-10");
        let long = Period::between(d("2000-01-01"), d("2026-11-10")).unwrap_err();
        assert!(matches!(long, BadSpan::TooLong { days: 9_811 }), "{long}");
        assert!(Period::between(NaiveDate::MIN, NaiveDate::MIN).is_err());
        assert!(Period::between(NaiveDate::MAX, NaiveDate::MAX).is_err());
    }

    #[test]
    fn months_are_known() {
        let today = d("2026-11-19");
        assert!(Time::Month.on(today).is_month(today) && Time::LastMonth.on(today).is_month(today));
        assert!(!Time::Week.on(today).is_month(today) && !Time::Quarter.on(today).is_month(today));
        assert!(!Period::between(d("2026-10-01"), d("2026-10-19")).unwrap().is_month(today));
        assert_eq!(Period::month(d("2026-11-02"), today), Time::Month.on(today));
        assert_eq!(Period::month(d("2026-10-30"), today), Time::LastMonth.on(today));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn every_word_gives_a_period_up_to_today_and_an_earlier_one(days in 0u64..30_000) {
            let today = d("1990-01-01") + Days::new(days);
            for time in Time::ALL {
                let period = time.on(today);
                let before = period.previous();
                prop_assert!(period.first() <= period.last() && period.last() <= today, "{time}: {period:?}");
                prop_assert!(before.first() <= before.last() && before.last() < period.first(), "{time}: {period:?}");
                prop_assert!(before.days() <= period.days() || period.last() == today || period.days() >= 28);
                prop_assert_eq!(time.as_str().parse::<Time>(), Ok(time));
                let begins = match time {
                    Time::Today | Time::Yesterday => true,
                    Time::Week | Time::LastWeek => {
                        period.first().weekday() == Weekday::Mon && before.first() + Days::new(7) == period.first()
                    }
                    _ => period.first().day() == 1 && before.first().day() == 1,
                };
                prop_assert!(begins, "{time}: {period:?}");
            }
        }

        /// To-date periods are compared over as many days, unless one of the two is whole.
        #[test]
        fn elapsed_days_are_equal_unless_one_is_whole(days in 0u64..30_000) {
            let today = d("1990-01-01") + Days::new(days);
            for (time, unit) in [
                (Time::Week, Unit::Week), (Time::Month, Unit::Months(1)), (Time::Quarter, Unit::Months(3)),
                (Time::Half, Unit::Months(6)), (Time::Year, Unit::Months(12)),
            ] {
                let (period, before) = (time.on(today), time.on(today).previous());
                let whole = before.last() == unit.last(before.first());
                prop_assert!(whole || before.days() == period.days(), "{time} on {today}");
                prop_assert!(whole || today != unit.last(today), "{time} on {today}");
            }
        }

        #[test]
        fn spans_are_compared_with_as_many_days_just_before(start in 0u64..20_000, length in 0u64..3_000) {
            let from = d("1990-01-01") + Days::new(start);
            let period = Period::between(from, from + Days::new(length)).unwrap();
            let before = period.previous();
            prop_assert_eq!(before.days(), period.days());
            prop_assert_eq!(before.last() + Days::new(1), period.first());
        }
    }
}
