//! Runs: claimed up to the free slots, each attempt in a task of its own, ends written in batches, leases kept.

mod attempt;
mod finisher;
mod in_flight;

use std::{sync::Arc, time::Duration};

use store::scheduler::{Run, claim};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::process::Shared;

pub(crate) use attempt::attempt;
pub(crate) use finisher::{Finisher, Finishing, finisher};
pub(crate) use in_flight::{InFlight, Stop, heartbeat};

/// How long the ends of given-back runs may take to be written, after the handlers were stopped.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// While claims find something, free slots are collected for as long as the last one took, and no longer than this.
const GATHER: Duration = Duration::from_millis(50);

/// Fills this process's slots with runs.
#[derive(Clone)]
pub(crate) struct Runner {
    shared: Arc<Shared>,
    slots: Arc<Semaphore>,
}

impl Runner {
    pub fn new(shared: Arc<Shared>) -> Self {
        let slots = Arc::new(Semaphore::new(shared.app.config.worker.concurrency));
        Self { shared, slots }
    }

    /// Claims whenever woken; each end of a run wakes it again.
    pub async fn claim(self, stop: CancellationToken) {
        let mut last = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.shared.signals.claim.notified() => {}
            }
            self.gather(last).await;
            if !stop.is_cancelled() {
                last = self.fill(last).await;
            }
        }
    }

    /// What a claim costs depends on how many jobs and sites wait, not on how many runs it takes. So a busy process collects
    /// free slots until three quarters of them are, or for as long as the `last` claim took.
    async fn gather(&self, last: Duration) {
        if !last.is_zero() {
            let all = self.shared.app.config.worker.concurrency;
            let collected = self.slots.acquire_many(u32::try_from(all - all / 4).unwrap_or(u32::MAX));
            drop(tokio::time::timeout(last.min(GATHER), collected).await);
        }
    }

    /// One claim for all free slots; how long it took, if it found anything. If it found fewer, the others wait for a sibling
    /// or their moment, or somebody is just touching them: each of these wakes a process when it is over.
    async fn fill(&self, last: Duration) -> Duration {
        let free = self.slots.available_permits();
        if free == 0 {
            return last;
        }
        let shared = &self.shared;
        let began = Instant::now();
        match claim::claim(&shared.app.biz, &shared.claimant, free).await {
            Ok(runs) => {
                let took = if runs.is_empty() { Duration::ZERO } else { began.elapsed() };
                for run in runs {
                    // Only this task takes permits, so they are there.
                    let Ok(slot) = self.slots.clone().try_acquire_owned() else { continue };
                    self.start(run, slot);
                }
                took
            }
            Err(error) => {
                tracing::warn!(%error, "claiming runs failed; the next look is within a second");
                Duration::ZERO
            }
        }
    }

    fn start(&self, run: Run, slot: OwnedSemaphorePermit) {
        let shared = self.shared.clone();
        tokio::spawn(async move {
            attempt(&shared, run).await;
            drop(slot);
            shared.signals.claim.notify_one();
        });
    }

    /// Lets runs end for `patience`, then stops the rest and gives them back. `alive` is called while waiting.
    pub async fn drain(&self, patience: Duration, alive: impl Fn()) {
        let deadline = Instant::now() + patience;
        if !self.wait_until(deadline, &alive).await {
            let stopped = self.shared.in_flight.stop_all(Stop::Leaving);
            tracing::warn!(runs = stopped, "runs did not end in time and are given back");
            if !self.wait_until(Instant::now() + LAST_WORDS, &alive).await {
                tracing::error!(runs = self.shared.in_flight.len(), "runs are left to their leases");
            }
        }
    }

    /// Whether all slots are free by then.
    async fn wait_until(&self, deadline: Instant, alive: impl Fn()) -> bool {
        let all = u32::try_from(self.shared.app.config.worker.concurrency).unwrap_or(u32::MAX);
        loop {
            alive();
            let step = deadline.min(Instant::now() + Duration::from_secs(1));
            match tokio::time::timeout_at(step, self.slots.acquire_many(all)).await {
                Ok(_) => return true,
                Err(_) if Instant::now() >= deadline => return false,
                Err(_) => {}
            }
        }
    }
}
