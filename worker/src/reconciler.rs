//! Takes back what crashed workers held, and reads the sizes for the gauges.
use std::{sync::Arc, time::Duration};

use store::{
    StoreError,
    scheduler::{presence, pulse, reconcile as rows},
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{metrics, process::Shared};

const EVERY: Duration = Duration::from_secs(5);

/// Every five seconds; says now and then that it lives, and asks first, so that an idle system costs two reads.
pub(crate) async fn reconcile(shared: Arc<Shared>, stop: CancellationToken) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut signed: Option<Instant> = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if signed.is_none_or(|at| at.elapsed() >= presence::SIGN) {
            let by = &shared.claimant;
            match presence::sign(&shared.app.biz, &by.worker, &by.job_types).await {
                Ok(()) => signed = Some(Instant::now()),
                Err(error) => tracing::debug!(%error, "no sign of life"),
            }
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
        let done = rows::reconcile(biz, shared.claimant.lease).await?;
        for (run, state) in &done.expired {
            metrics::alert("lease_expired");
            tracing::error!(alert = "lease_expired", run, state, "a worker vanished in the middle of a run");
        }
        for job in &done.paused {
            metrics::paused(*job);
        }
        if !done.expired.is_empty() {
            shared.signals.claim.notify_one();
        }
    }
    metrics::depth(&pulse::depth(biz).await?);
    metrics::process(shared);
    Ok(())
}
