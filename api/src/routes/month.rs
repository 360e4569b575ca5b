//! `year` and `month` of a page.
use chrono::{Datelike as _, NaiveDate};
use domain::{Calendar, Period, RuntimeContext};
use utoipa::openapi::{
    path::Parameter,
    schema::{ObjectBuilder, Type},
};

use crate::{
    extract::QueryReader,
    openapi::{DATES, query},
};

/// A month by its first day, or the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AskedMonth(Option<NaiveDate>);

impl AskedMonth {
    pub(super) fn params() -> [Parameter; 2] {
        let number = |least: i32, most: i32| {
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(f64::from(least)))
                .maximum(Some(f64::from(most)))
        };
        let (first, last) = (DATES.start().year(), DATES.end().year());
        [
            query("year", false, "Year; together with month (the current month).", number(first, last)),
            query("month", false, "Month; together with year (the current month).", number(1, 12)),
        ]
    }

    /// `None`: something was refused.
    pub(super) fn read(query: &mut QueryReader) -> Option<Self> {
        let years = format!("{} 到 {} 的整数", DATES.start().year(), DATES.end().year());
        let (has_year, has_month) = (query.has("year"), query.has("month"));
        let (year, month) =
            (query.optional::<i32>("year", &years), query.optional::<u32>("month", "1 到 12 的整数"));
        match (has_year, has_month) {
            (false, false) => return Some(Self(None)),
            (true, false) => query.refuse("month", "须与 year 一同给出"),
            (false, true) => query.refuse("year", "须与 month 一同给出"),
            (true, true) => {}
        }
        // What could not be read was refused there.
        let year_fits = year.is_some_and(|year| (DATES.start().year()..=DATES.end().year()).contains(&year));
        if year.is_some() && !year_fits {
            query.refuse("year", format!("须为{years}"));
        }
        let month_fits = month.is_some_and(|month| (1..=12).contains(&month));
        if month.is_some() && !month_fits {
            query.refuse("month", "须为1 到 12 的整数");
        }
        if !year_fits || !month_fits {
            return None;
        }
        NaiveDate::from_ymd_opt(year?, month?, 1).map(|first| Self(Some(first)))
    }

    /// Its business dates, up to today where it is the current month; and whether it is.
    pub(super) fn on(self, ctx: &RuntimeContext) -> (Period, bool) {
        let today = ctx.today();
        let first = self.0.unwrap_or_else(|| Calendar::month_of(today));
        (Period::month(first, today), first == Calendar::month_of(today))
    }
}
