//! Cron expressions in a zone.
//!
//! `croner` on zoned time loses fires in spring (`0,30 2`), doubles them in autumn (`0 1,2`) and never returns around
//! Apia's missing day. It runs here on wall-clock time as if that were UTC, and the zone is applied outside.
use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};

use super::{CronField, CronFieldProblem, CronProblem};
use crate::calendar::instant_in;

/// Names, bounds and letters of the five fields.
const FIELDS: [(CronField, u32, u32, &str); 5] = [
    (CronField::Minute, 0, 59, ""),
    (CronField::Hour, 0, 23, ""),
    (CronField::DayOfMonth, 1, 31, "LW?"),
    (CronField::Month, 1, 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    (CronField::DayOfWeek, 0, 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZ#?+"),
];

/// A five-field cron expression and its zone.
///
/// A fixed time inside a spring gap runs once, at the gap's end; a repeated hour runs a fixed-hour schedule once, in
/// its first pass. With hour `*` or `*/n` the schedule follows real time: nothing runs in a gap, a repeated hour twice.
#[derive(Clone, Debug)]
pub struct Cron {
    pattern: Box<croner::Cron>,
    zone: Tz,
    real_time: bool,
}

impl Cron {
    /// Parses an expression; the error says which field is wrong and why.
    pub fn parse(expression: &str, zone: Tz) -> Result<Self, CronProblem> {
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let [_, hour, _, _, _] = fields[..] else { return Err(CronProblem::FieldCount(fields.len())) };
        for (text, (field, low, high, letters)) in fields.iter().zip(FIELDS) {
            check_field(text, low, high, letters).map_err(|why| CronProblem::Field {
                field,
                text: (*text).to_owned(),
                why,
            })?;
        }
        let pattern = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(&fields.join(" "))
            .map_err(|e| CronProblem::Unreadable(e.to_string()))?;
        let cron = Self { pattern: Box::new(pattern), zone, real_time: hour.starts_with('*') };
        // From a fixed day, so that the answer does not depend on when it is asked; the calendar repeats after 400 years.
        let start =
            NaiveDate::from_ymd_opt(2000, 1, 1).and_then(|d| d.and_hms_opt(0, 0, 0)).unwrap_or_default();
        match cron.matching(start, true) {
            Some(_) => Ok(cron),
            None => Err(CronProblem::NeverFires),
        }
    }

    /// The zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first slot after `now`; `None` beyond the calendar's end.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.real_time { self.next_in_real_time(now) } else { self.next_on_the_wall(now) }
    }

    /// Wall-clock times in order, mapped to instants; those that map to no later instant are the repeated ones.
    fn next_on_the_wall(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut local = now.with_timezone(&self.zone).naive_local();
        loop {
            local = self.matching(local, false)?;
            let slot = instant_in(self.zone, local);
            if slot > now {
                return Some(slot);
            }
        }
    }

    /// Stretch by stretch of constant offset, so that each instant is asked with the wall-clock time it really has.
    fn next_in_real_time(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (mut from, mut inclusive) = (now, false);
        loop {
            let offset = self.offset_at(from);
            let local = self.matching(from.naive_utc() + offset, inclusive)?;
            let slot = Utc.from_utc_datetime(&(local - offset));
            match self.transition(from, slot) {
                None => return Some(slot),
                Some(edge) => (from, inclusive) = (edge, true),
            }
        }
    }

    /// The first wall-clock time after `local`, or at it, that matches.
    fn matching(&self, local: NaiveDateTime, inclusive: bool) -> Option<NaiveDateTime> {
        self.pattern.find_next_occurrence(&local, inclusive).ok()
    }

    fn offset_at(&self, at: DateTime<Utc>) -> Duration {
        let seconds = self.zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
        Duration::seconds(seconds.into())
    }

    /// The first instant in `(from, to]` whose offset differs from that at `from`.
    fn transition(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // No zone has kept an offset for less than this.
        let step = Duration::hours(6);
        let offset = self.offset_at(from);
        let mut before = from;
        while before < to {
            let after = (before + step).min(to);
            if self.offset_at(after) != offset {
                let (mut low, mut high) = (before.timestamp(), after.timestamp());
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    let same =
                        DateTime::from_timestamp(middle, 0).is_some_and(|t| self.offset_at(t) == offset);
                    if same { low = middle } else { high = middle }
                }
                return DateTime::from_timestamp(high, 0);
            }
            before = after;
        }
        None
    }
}

/// What `croner` lets pass: letters in the wrong field, and steps that go past their range.
fn check_field(text: &str, low: u32, high: u32, letters: &str) -> Result<(), CronFieldProblem> {
    let allowed =
        |c: char| c.is_ascii_digit() || "*/,-".contains(c) || letters.contains(c.to_ascii_uppercase());
    if let Some(c) = text.chars().find(|c| !allowed(*c)) {
        return Err(CronFieldProblem::Letter(c));
    }
    for part in text.split(',') {
        let Some((range, step)) = part.split_once('/') else { continue };
        let step: u32 = step.parse().map_err(|_| CronFieldProblem::StepNotANumber(step.to_owned()))?;
        let bounds = match range.split_once('-') {
            Some((from, to)) => from.parse().ok().zip(to.parse().ok()),
            None => Some((low, high)),
        };
        match bounds {
            Some((from, to)) if step > u32::saturating_sub(to, from) => {
                return Err(CronFieldProblem::StepTooLarge { step, range: (from, to) });
            }
            _ if step == 0 => return Err(CronFieldProblem::StepZero),
            _ => {}
        }
    }
    Ok(())
}
