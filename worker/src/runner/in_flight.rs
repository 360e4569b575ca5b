//! The runs that this process holds, and the heartbeat that keeps them.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use store::{Fence, scheduler::lease::Heart};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::process::Shared;

/// Why a run is stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Someone cancelled it.
    Cancelled,
    /// The process has to go.
    Leaving,
    /// It is another worker's now, or has ended.
    Lost,
}

/// Told to an attempt, once; the first reason counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stopper {
    token: CancellationToken,
    reason: Arc<OnceLock<Stop>>,
}

impl Stopper {
    pub fn stop(&self, reason: Stop) {
        // A later reason changes nothing: the attempt is ending already.
        let _ = self.reason.set(reason);
        self.token.cancel();
    }

    /// For the handler.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Resolves when the attempt is to stop.
    pub async fn stopped(&self) -> Stop {
        self.token.cancelled().await;
        // Set before the token is cancelled.
        self.reason.get().copied().unwrap_or(Stop::Lost)
    }
}

/// Claims in flight.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Mutex<HashMap<Fence, Stopper>>);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, HashMap<Fence, Stopper>> {
        // No code panics while it holds the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From the claim until its end is written; the lease is renewed meanwhile.
    pub fn enter(&self, fence: Fence) -> (Stopper, Guard<'_>) {
        let stopper = Stopper::default();
        self.lock().insert(fence, stopper.clone());
        (stopper, Guard { runs: self, fence })
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Stops all; answers how many.
    pub fn stop_all(&self, reason: Stop) -> usize {
        let runs = self.lock();
        runs.values().for_each(|stopper| stopper.stop(reason));
        runs.len()
    }

    fn fences(&self) -> Vec<Fence> {
        self.lock().keys().copied().collect()
    }

    fn stop(&self, fence: Fence, reason: Stop) {
        if let Some(stopper) = self.lock().get(&fence) {
            stopper.stop(reason);
        }
    }
}

/// Ends the renewal when dropped.
pub(crate) struct Guard<'a> {
    runs: &'a InFlight,
    fence: Fence,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.runs.lock().remove(&self.fence);
    }
}

/// Renews all leases, four times in each; passes on cancellations and losses. Never returns.
pub(crate) async fn heartbeat(shared: Arc<Shared>) {
    let mut heart = Heart::new(shared.app.biz.clone(), shared.claimant.lease);
    let mut tick = interval(heart.every());
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let fences = shared.in_flight.fences();
        if fences.is_empty() {
            continue;
        }
        match heart.beat(&fences).await {
            Ok(leases) => {
                for fence in fences {
                    match leases
                        .iter()
                        .find(|lease| (lease.run_id, lease.claim) == (fence.run_id, fence.claim))
                    {
                        Some(lease) if lease.cancel_requested => {
                            shared.in_flight.stop(fence, Stop::Cancelled)
                        }
                        Some(_) => {}
                        // One that ended since we asked is gone from the map, and stopping it does nothing.
                        None => shared.in_flight.stop(fence, Stop::Lost),
                    }
                }
            }
            // The fence holds even if the lease does not; the handlers go on.
            Err(error) => tracing::warn!(%error, runs = fences.len(), "leases could not be renewed"),
        }
    }
}
