use domain::SiteId;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        runtime_context as db,
    },
};

/// Takes a site out of the sandbox, with an audit row; one that is live stays so, without one.
pub async fn leave(tx: &mut AdminTx, site: SiteId) -> Result<(), StoreError> {
    let user_id = tx.admin.user_id;
    db::lock(tx.connection(), site).await?;
    let Some(before) = db::sandbox(tx.connection(), site).await? else { return Ok(()) };
    db::leave(tx.connection(), site, user_id).await?;
    let entry = Entry {
        who: Who::administrator(tx, Some(site)),
        action: Action::SandboxLeft,
        object: Some(("site", site.to_string())),
        detail: json!({ "before": before.date }),
    };
    audit::write(tx.connection(), &entry).await
}
