//! `queue_prune`: retention of tickets, runs, events, and of what signing in and writing leave behind.
use store::scheduler::prune;

use crate::{JobContext, JobError, Outcome};

/// Removes what is old, batch by batch, each its own short transaction.
pub(crate) async fn run(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    let mut removed = prune::Removed::default();
    loop {
        let batch = prune::batch(&cx.app.biz).await?;
        removed += batch;
        if batch.is_empty() || cx.is_cancelled() {
            return Outcome::succeeded(removed);
        }
    }
}
