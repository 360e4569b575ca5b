//! When jobs run: `biz.trigger_jobs.trigger_config`, read and checked in full, and the slots that follow from it.
//!
//! [`TriggerConfig::parse`] is what the API refuses with and what the dispatcher reads with. Times are instants in
//! UTC; only [`Cron`] knows a zone.

mod backoff;
mod cron;
pub mod event;
mod fields;
mod problem;
mod slots;

use std::{fmt, time::Duration};

use chrono_tz::Tz;
use serde_json::Value;

pub use backoff::backoff;
pub use cron::Cron;
pub use problem::{CronField, CronFieldProblem, CronProblem, Problem};
pub use slots::{Due, MISFIRE_GRACE, Skipped};

use fields::Fields;

/// Seconds between two slots of an interval job: one second to 366 days.
pub const MAX_INTERVAL_SECONDS: u32 = 366 * 86_400;

/// A whole `trigger_config`.
#[derive(Clone, Debug)]
pub struct TriggerConfig {
    /// What makes the job run.
    pub when: When,
    /// What holds for every condition.
    pub options: Options,
}

/// What makes a job run.
#[derive(Clone, Debug)]
pub enum When {
    /// At the times of a cron expression.
    Cron(Cron),
    /// Again and again, counted from each dispatch.
    Interval(Duration),
    /// When an event of that name arrives.
    Event(String),
}

/// How a job runs; every field has a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What becomes of slots missed while nothing dispatched.
    pub misfire: Misfire,
    /// Attempts of one run before it is dead (5).
    pub max_attempts: u32,
    /// Longest time of one attempt (600 s).
    pub timeout: Duration,
    /// Wait after the first failure (10 s); doubles, at most an hour.
    pub backoff: Duration,
    /// One run per active site, or one; `None` = as the job type says.
    pub scope: Option<Scope>,
    /// Whether waiting events share a run; `None` = as the job type says.
    pub coalesce: Option<Coalesce>,
    /// Least time between two starts of one job and site on events (200 ms).
    pub debounce: Duration,
    /// So many dead runs in a row disable the job; 0 = never.
    pub pause_after: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            misfire: Misfire::Latest,
            max_attempts: 5,
            timeout: Duration::from_secs(600),
            backoff: Duration::from_secs(10),
            scope: None,
            coalesce: None,
            debounce: Duration::from_millis(200),
            pause_after: 0,
        }
    }
}

/// What becomes of missed slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfire {
    /// The newest runs, the others are recorded as skipped.
    Latest,
    /// All are recorded as skipped.
    Skip,
    /// All run, the newest `max` of them at most.
    All {
        /// 1–1000, 100 unless set.
        max: u32,
    },
}

/// Whether a job runs for each active site or once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One run per active site.
    Site,
    /// One run without a site.
    Global,
}

/// Whether waiting events share a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coalesce {
    /// One waiting run per site takes them all.
    Site,
    /// Each event is work of its own.
    None,
}

/// One thing wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The key within `trigger_config`, or `trigger_condition`.
    pub field: String,
    /// What is wrong, with the value.
    pub problem: Problem,
}

/// Everything wrong with a configuration; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<FieldError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", error.field, error.problem)?;
        }
        Ok(())
    }
}

impl TriggerConfig {
    /// Reads a `trigger_config` for its `trigger_condition`; a cron expression without `timezone` is in `zone`.
    /// The error names every field that is wrong, missing or unknown.
    pub fn parse(condition: &str, config: &Value, zone: Tz) -> Result<Self, ConfigErrors> {
        let mut fields = Fields::new(config)?;
        let when = match condition {
            "cron" => Self::cron(&mut fields, zone),
            "interval" => fields
                .required_number("interval_seconds", 1..=MAX_INTERVAL_SECONDS)
                .map(|s| When::Interval(Duration::from_secs(s.into()))),
            "event" => fields.required_text("event_name").map(When::Event),
            other => fields.fail("trigger_condition", Problem::NotACondition(other.to_owned())),
        };
        let options = Self::options(&mut fields);
        fields.finish()?;
        // `finish` has failed if `when` is missing; this keeps the two from drifting apart.
        when.map(|when| Self { when, options }).ok_or_else(|| ConfigErrors(vec![]))
    }

    fn cron(fields: &mut Fields, default_zone: Tz) -> Option<When> {
        let zone = match fields.text("timezone") {
            Some(name) => name.parse().ok().or_else(|| fields.fail("timezone", Problem::NotAZone(name))),
            None => Some(default_zone),
        };
        let expression = fields.required_text("cron_expression")?;
        // Without a zone as well: both are to be named.
        match Cron::parse(&expression, zone.unwrap_or(Tz::UTC)) {
            Ok(cron) => zone.map(|_| When::Cron(cron)),
            Err(why) => fields.fail("cron_expression", Problem::Cron { expression, why }),
        }
    }

    fn options(fields: &mut Fields) -> Options {
        let default = Options::default();
        let max = fields.number("max", 1..=1000);
        let misfire = fields.word(
            "misfire",
            &[
                ("latest", Misfire::Latest),
                ("skip", Misfire::Skip),
                ("all", Misfire::All { max: max.unwrap_or(100) }),
            ],
        );
        if max.is_some() && !matches!(misfire, Some(Misfire::All { .. })) {
            fields.fail::<()>("max", Problem::MaxWithoutAll);
        }
        let seconds = |s: u32| Duration::from_secs(s.into());
        Options {
            misfire: misfire.unwrap_or(default.misfire),
            max_attempts: fields.number("max_attempts", 1..=100).unwrap_or(default.max_attempts),
            timeout: fields.number("timeout_seconds", 1..=86_400).map_or(default.timeout, seconds),
            backoff: fields.number("backoff_seconds", 1..=3600).map_or(default.backoff, seconds),
            scope: fields.word("scope", &[("site", Scope::Site), ("global", Scope::Global)]),
            coalesce: fields.word("coalesce", &[("site", Coalesce::Site), ("none", Coalesce::None)]),
            debounce: fields
                .number("debounce_ms", 0..=3_600_000)
                .map_or(default.debounce, |ms| Duration::from_millis(ms.into())),
            pause_after: fields.number("pause_after", 0..=1000).unwrap_or(default.pause_after),
        }
    }
}

#[cfg(test)]
mod cron_oracle;
#[cfg(test)]
mod tests;
