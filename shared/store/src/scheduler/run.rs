//! A claimed run, as its worker sees it.
use chrono::{DateTime, Utc};
use domain::{SiteId, schedule::Options};

use crate::{Fence, StoreError};

/// What made a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A slot of a cron expression.
    Cron,
    /// A slot of an interval.
    Interval,
    /// One event or several.
    Event,
    /// A person.
    Manual,
}

/// A run that this process has claimed: one attempt, under one epoch.
#[derive(Clone, Debug)]
pub struct Run {
    /// `biz.trigger_runs.id`.
    pub id: i64,
    /// `biz.trigger_jobs.id`.
    pub job_id: i64,
    /// `biz.trigger_jobs.job_name`.
    pub job_name: String,
    /// Handler in the registry.
    pub job_type: String,
    /// Site; `None` = a run of scope global.
    pub site_id: Option<SiteId>,
    /// Raised by each claim.
    pub epoch: i32,
    /// Number of this claim, see [`Fence`].
    pub claim: i64,
    /// This attempt's number, from 1.
    pub attempt: i32,
    /// What made it.
    pub trigger: Trigger,
    /// The slot of a cron or interval run.
    pub scheduled_for: Option<DateTime<Utc>>,
    /// When it became eligible: creation, debounce or backoff, whichever is latest.
    pub not_before: DateTime<Utc>,
    /// The database's clock at the claim.
    pub claimed_at: DateTime<Utc>,
    /// The job's options, or what is wrong with its configuration.
    pub options: Result<Options, String>,
}

impl Run {
    /// What every transaction of this run must hold.
    pub fn fence(&self) -> Fence {
        Fence { run_id: self.id, epoch: self.epoch, claim: self.claim }
    }
}

impl Trigger {
    /// As in `biz.trigger_runs.trigger`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Interval => "interval",
            Self::Event => "event",
            Self::Manual => "manual",
        }
    }
}

impl std::str::FromStr for Trigger {
    type Err = StoreError;

    fn from_str(s: &str) -> Result<Self, StoreError> {
        match s {
            "cron" => Ok(Self::Cron),
            "interval" => Ok(Self::Interval),
            "event" => Ok(Self::Event),
            "manual" => Ok(Self::Manual),
            other => Err(StoreError::unreadable("biz.trigger_runs.trigger", format_args!("{other:?}"))),
        }
    }
}
