//! Takes back what crashed workers held, and reads the sizes for the gauges.
use std::{sync::Arc, time::Duration};

use store::{
    StoreError,
    scheduler::{pulse, reconcile as rows},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{metrics, process::Shared};

const EVERY: Duration = Duration::from_secs(5);

/// Every five seconds; asks first, so that an idle system costs two reads.
pub(crate) async fn reconcile(shared: Arc<Shared>, stop: CancellationToken) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Err(error) = look(&shared).await {
            // The dispatcher tells about outages.
            tracing::debug!(%error, "reconciling failed");
        }
    }
}

async fn look(shared: &Shared) -> Result<(), StoreError> {
    let biz = &shared.app.biz;
    let pulse = pulse::pulse(biz).await?;
    if pulse.expired || pulse.runs {
        let done = rows::reconcile(biz).await?;
        for (run, state) in &done.expired {
            metrics::alert("lease_expired");
            tracing::error!(alert = "lease_expired", run, state, "a worker vanished in the middle of a run");
        }
        if !done.expired.is_empty() {
            shared.signals.claim.notify_one();
        }
    }
    metrics::depth(&pulse::depth(biz).await?);
    metrics::process(shared);
    Ok(())
}
