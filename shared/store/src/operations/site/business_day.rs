//! Zone and cut-off hour of a site.
use chrono::{DateTime, NaiveDate, Utc};
use domain::Calendar;
use serde_json::json;

use crate::{
    SiteTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        site,
    },
};

/// What a site's business days are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessDay {
    /// The calendar.
    pub calendar: Calendar,
    /// The business date now, by it.
    pub today: NaiveDate,
    /// Newest change; an edit must name it.
    pub updated_at: DateTime<Utc>,
}

/// An edit.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// What is to hold at once.
    pub calendar: Calendar,
    /// [`BusinessDay::updated_at`] as it was shown.
    pub based_on: DateTime<Utc>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// PostgreSQL has no such zone, and its figures could not follow.
    #[error("the database does not know this time zone")]
    UnknownZone,
    /// The database, or somebody who edited since.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The transaction's site.
pub async fn show(tx: &mut SiteTx) -> Result<BusinessDay, StoreError> {
    let ctx = tx.ctx;
    let updated_at = site::updated_at(tx.connection(), ctx.site_id).await?;
    Ok(BusinessDay { calendar: ctx.calendar, today: ctx.calendar.business_date(ctx.now), updated_at })
}

/// Sets zone and cut-off hour, with an audit row; answers what held before and what holds now. Every figure of the site
/// follows at its next read. A conflict when somebody edited since.
pub async fn change(tx: &mut SiteTx, change: &Change) -> Result<(BusinessDay, BusinessDay), Refused> {
    let (ctx, who) = (tx.ctx, Who::from(&*tx));
    let before = show(tx).await?;
    let zone = change.calendar.zone().name();
    if !site::knows_zone(tx.connection(), zone).await? {
        return Err(Refused::UnknownZone);
    }
    let hour = change.calendar.cutoff_hour();
    let updated_at = site::set_business_day(tx.connection(), ctx.site_id, zone, hour, change.based_on)
        .await?
        .ok_or(StoreError::Conflict("the business day has been edited since".into()))?;
    let after =
        BusinessDay { calendar: change.calendar, today: change.calendar.business_date(ctx.now), updated_at };
    let words = |day: &BusinessDay| json!({ "timezone": day.calendar.zone().name(), "cutoffHour": day.calendar.cutoff_hour() });
    let entry = Entry {
        who,
        action: Action::BusinessDayChanged,
        object: Some(("site", ctx.site_id.to_string())),
        detail: json!({ "before": words(&before), "after": words(&after) }),
    };
    audit::write(tx.connection(), &entry).await?;
    Ok((before, after))
}
