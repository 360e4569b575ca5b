//! Trying a run again.
use domain::SiteId;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        run_list,
    },
    scheduler::operate::{self, Retried},
};

/// Gives a dead run its attempts back, or a failed one its next attempt at once. [`StoreError::Conflict`] in any other
/// state.
pub async fn retry(tx: &mut AdminTx, run_id: i64) -> Result<(), StoreError> {
    let was = operate::retry(tx.connection(), run_id).await?;
    let run = run_list::by_id(tx.connection(), run_id).await?;
    let before = match was {
        Retried::Dead => "dead",
        Retried::Failed => "failed",
    };
    let entry = Entry {
        who: Who::administrator(tx, run.site_id.map(SiteId)),
        action: Action::RunRetried,
        object: Some(("run", run_id.to_string())),
        detail: json!({ "job": run.job_name, "before": before, "error": run.error }),
    };
    audit::write(tx.connection(), &entry).await
}
