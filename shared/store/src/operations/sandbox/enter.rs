use chrono::NaiveDate;
use domain::SiteId;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        runtime_context::{self as db, Sandbox},
    },
};

/// No sandbox lasts longer than 4 hours: whoever forgets it does not stop the hall's work for a day.
pub const LONGEST_MINUTES: i32 = 240;

/// Puts a site into the sandbox, or prolongs it, or turns it to another date, with an audit row. `minutes`: 1 to
/// [`LONGEST_MINUTES`]. Everybody at the site sees the date from their next request on.
pub async fn enter(
    tx: &mut AdminTx,
    site: SiteId,
    date: NaiveDate,
    minutes: i32,
) -> Result<Sandbox, StoreError> {
    let user_id = tx.admin.user_id;
    db::lock(tx.connection(), site).await?;
    let before = db::sandbox(tx.connection(), site).await?;
    db::enter(tx.connection(), site, date, minutes, user_id).await?;
    let after = db::sandbox(tx.connection(), site).await?.ok_or(StoreError::NotFound("sandbox"))?;
    let entry = Entry {
        who: Who::administrator(tx, Some(site)),
        action: Action::SandboxEntered,
        object: Some(("site", site.to_string())),
        detail: json!({ "before": before.map(|b| b.date), "after": date, "expiresAt": after.expires_at }),
    };
    audit::write(tx.connection(), &entry).await?;
    Ok(after)
}
