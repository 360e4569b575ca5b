//! `from` and `to` of lists that belong to no site: whole days in the zone `clock.timezone`.
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::Calendar;
use utoipa::openapi::{
    path::Parameter,
    schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
};

use crate::{
    error::{ApiError, Kind},
    extract::QueryReader,
    openapi::{self, query},
};

/// Which days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Days {
    /// Takes both parameters; what is wrong with them is remembered by the reader.
    pub fn read(query: &mut QueryReader) -> Self {
        let wanted = "日期，如 2026-11-22";
        let (from, to) = (query.optional("from", wanted), query.optional("to", wanted));
        if from > to && to.is_some() {
            query.refuse("to", "须不早于 from");
        }
        for (name, date) in [("from", from), ("to", to)] {
            if date.is_some_and(|date: NaiveDate| !openapi::DATES.contains(&date)) {
                query.refuse(name, "须在 2000 到 2199 年之间");
            }
        }
        Self { from, to }
    }

    /// The parameters in the document.
    pub fn params() -> [Parameter; 2] {
        let date = || {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        };
        [
            query("from", false, "First day, in the zone `clock.timezone`.", date()),
            query("to", false, "Last day.", date()),
        ]
    }

    /// From the first day's midnight to that after the last.
    pub fn instants(self, zone: Tz) -> Result<Range<Option<DateTime<Utc>>>, ApiError> {
        // Days that begin at midnight: what belongs to no site has no business day.
        let days = Calendar::new(zone.name(), 0).map_err(|e| ApiError::caused(Kind::Internal, e))?;
        let start = self.from.map(|date| days.start_of(date));
        Ok(start..self.to.map(|date| days.range(date, date).end))
    }
}
