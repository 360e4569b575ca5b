//! `time`, or `from` and `to`: which business dates a board is of.
use chrono::NaiveDate;
use domain::{
    Period, RuntimeContext,
    period::{BadSpan, Time},
};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{
        path::Parameter,
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
    },
};

use crate::{
    extract::QueryReader,
    openapi::{self, query},
};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A word; `month` where nothing was.
    Word(Time),
    /// Two dates.
    Span(Period),
}

impl Asked {
    pub(super) fn params() -> [Parameter; 3] {
        let date = || {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        };
        let time = "Calendar period up to today (month); not together with from and to.";
        let words = Time::ALL.map(Time::as_str);
        [
            query("time", false, time, openapi::one_of(words)),
            query("from", false, "First business date; together with to.", date()),
            query(
                "to",
                false,
                "Last business date, included: not before from, at most 3660 days with it.",
                date(),
            ),
        ]
    }

    /// `None`: something was refused.
    pub(super) fn read(query: &mut QueryReader) -> Option<Self> {
        const DATE: &str = "日期，如 2026-11-22";
        let words = Time::ALL.map(Time::as_str).join("、");
        let time = query.optional::<Time>("time", &format!("以下之一:{words}"));
        let (from, to) = (query.optional::<NaiveDate>("from", DATE), query.optional::<NaiveDate>("to", DATE));
        let mut sound = true;
        let mut refuse = |name: &str, reason: String| {
            query.refuse(name, reason);
            sound = false;
        };
        for (name, date) in [("from", from), ("to", to)] {
            if date.is_some_and(|date| !openapi::DATES.contains(&date)) {
                refuse(name, "须在 2000 到 2199 年之间".to_owned());
            }
        }
        if time.is_some() && (from.is_some() || to.is_some()) {
            refuse("time", "不能与 from、to 同时给出".to_owned());
        }
        let span = match (from, to) {
            (None, None) => return sound.then_some(Self::Word(time.unwrap_or(Time::Month))),
            (Some(_), None) => {
                refuse("to", "须与 from 一同给出".to_owned());
                None
            }
            (None, Some(_)) => {
                refuse("from", "须与 to 一同给出".to_owned());
                None
            }
            (Some(from), Some(to)) => match Period::between(from, to) {
                Ok(span) => Some(span),
                Err(why) => {
                    refuse("to", words_for(&why));
                    None
                }
            },
        };
        span.filter(|_| sound).map(Self::Span)
    }

    /// Its dates.
    pub(super) fn on(self, ctx: &RuntimeContext) -> Period {
        match self {
            Self::Word(time) => time.on(ctx.today()),
            Self::Span(period) => period,
        }
    }
}

fn words_for(why: &BadSpan) -> String {
    match why {
        BadSpan::Reversed { .. } => "须不早于 from".to_owned(),
        BadSpan::TooLong { days } => format!("{days} 天过长，一次最多 {} 天", Period::LONGEST),
        BadSpan::OutOfRange(_) => "须在 2000 到 2199 年之间".to_owned(),
    }
}

/// Business dates, both included.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardPeriod {
    /// First.
    from: NaiveDate,
    /// Last.
    to: NaiveDate,
}

impl From<Period> for BoardPeriod {
    fn from(period: Period) -> Self {
        Self { from: period.first(), to: period.last() }
    }
}
