//! `task_expiry_check`: tasks whose time has run out.
use serde_json::json;
use store::operations::task::expire::expire;

use super::work::{Work, WorkError};
use crate::{JobContext, JobError, Outcome};

/// Ends the site's expired tasks; returns how many.
pub async fn run(work: &Work) -> Result<u64, WorkError> {
    let mut tx = work.begin().await?;
    let expired = expire(&mut tx).await?;
    tx.commit().await?;
    Ok(expired)
}

pub(crate) async fn check(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let expired = run(&Work::without_warehouse(&cx)?).await?;
    Ok(Outcome::Succeeded(json!({ "expired": expired })))
}
