//! Stopping a run.
use domain::SiteId;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        run_list,
    },
    scheduler::operate::{self, Cancelled},
};

/// Cancels a run: one that waits at once, recording the events it drops; a running one at its next heartbeat, however
/// often it is asked. [`StoreError::Conflict`] if it has ended.
pub async fn cancel(tx: &mut AdminTx, run_id: i64) -> Result<(), StoreError> {
    let how = operate::cancel(tx.connection(), run_id).await?;
    if how == Cancelled::AskedBefore {
        return Ok(());
    }
    let run = run_list::by_id(tx.connection(), run_id).await?;
    let entry = Entry {
        who: Who::administrator(tx, run.site_id.map(SiteId)),
        action: Action::RunCancelled,
        object: Some(("run", run_id.to_string())),
        detail: json!({ "job": run.job_name, "atOnce": how == Cancelled::AtOnce }),
    };
    audit::write(tx.connection(), &entry).await
}
