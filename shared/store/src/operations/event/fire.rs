//! Firing an event by hand.
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::audit::{self, Action, Entry, Who},
    scheduler::events::{self, NewEvent},
};

/// Why no event was fired.
#[derive(Debug, thiserror::Error)]
pub enum NotFired {
    /// The site is unknown or closed: the event would make no run.
    #[error("no such active site")]
    Site,
    /// An event with the same name, site and key is there.
    #[error("the key is taken")]
    KeyTaken,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts an event into the inbox; answers its id. It is dispatched when the transaction commits.
pub async fn fire(tx: &mut AdminTx, event: NewEvent<'_>) -> Result<i64, NotFired> {
    if let Some(site) = event.site_id
        && tx.context(site).await?.is_none()
    {
        return Err(NotFired::Site);
    }
    let id = events::fire_one(tx.connection(), event).await?.ok_or(NotFired::KeyTaken)?;
    let entry = Entry {
        who: Who::administrator(tx, event.site_id),
        action: Action::EventFired,
        object: Some(("event", id.to_string())),
        detail: json!({ "event": event.name, "dedupKey": event.dedup_key }),
    };
    audit::write(tx.connection(), &entry).await?;
    Ok(id)
}
