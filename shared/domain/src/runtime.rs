//! What "now" and "today" mean for one request or one run.
use chrono::{DateTime, NaiveDate, Utc};

use crate::{Calendar, SiteId};

/// Live, or the hall as it stood at the end of a past business date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Today.
    Live,
    /// As of the end of that business date.
    AsOf(NaiveDate),
}

/// Built once per request or run, from the statement that opens its transaction, and passed to every figure.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeContext {
    /// The tenant.
    pub site_id: SiteId,
    /// Live or as of a date.
    pub mode: Mode,
    /// The business clock: the database's `now()` plus the demo's offset.
    pub now: DateTime<Utc>,
    /// The site's zone and cut-off.
    pub calendar: Calendar,
}

impl RuntimeContext {
    /// The live context of a site at an instant.
    pub fn live(site_id: SiteId, now: DateTime<Utc>, calendar: Calendar) -> Self {
        Self { site_id, mode: Mode::Live, now, calendar }
    }

    /// The business date that figures are of.
    pub fn today(&self) -> NaiveDate {
        match self.mode {
            Mode::Live => self.calendar.business_date(self.now),
            Mode::AsOf(date) => date,
        }
    }
}
