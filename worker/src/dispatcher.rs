//! Turns due slots and waiting events into runs. Every process does it; rows that another is at are skipped.
use std::{sync::Arc, time::Duration};

use store::{
    StoreError,
    scheduler::{
        dispatch::{self, Dispatched},
        pulse::{self, Listener, Wake},
    },
};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{metrics, process::Shared, systemd::Watchdog};

/// Notifications may get lost; so long at most until the next look.
const TICK: Duration = Duration::from_millis(950);
/// A slot or run that is due before then is looked at when it is due, but not more often than this.
const LEAST: Duration = Duration::from_millis(5);

/// Waits between attempts to listen again, doubling from the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listening {
    first: Duration,
    most: Duration,
}

impl Default for Listening {
    fn default() -> Self {
        Self { first: Duration::from_millis(250), most: Duration::from_secs(5) }
    }
}

/// Passes notifications on, from one connection per process; connects again for as long as it takes.
pub(crate) async fn listen(shared: Arc<Shared>, again: Listening, stop: CancellationToken) {
    let mut wait = again.first;
    while !stop.is_cancelled() {
        let lost: Result<(), StoreError> = async {
            let mut listener = Listener::connect(&shared.app.biz).await?;
            wait = again.first;
            loop {
                tokio::select! {
                    wake = listener.next() => pass_on(&shared, wake?),
                    () = stop.cancelled() => return Ok(()),
                }
            }
        }
        .await;
        if let Err(error) = lost {
            tracing::warn!(%error, retry_ms = wait.as_millis(), "listening for events was interrupted; polling goes on");
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(again.most),
                () = stop.cancelled() => {}
            }
        }
    }
}

fn pass_on(shared: &Shared, wake: Wake) {
    let signals = &shared.signals;
    match wake {
        Wake::Dispatch => signals.dispatch.notify_one(),
        Wake::Runs => signals.claim.notify_one(),
        // Who gets it claims: if everybody did, each end of a run would cost as many claims as there are processes.
        Wake::Ticket => signals.ticket(),
        Wake::Everything => {
            signals.dispatch.notify_one();
            signals.claim.notify_one();
            signals.ticket();
        }
    }
}

/// Looks whenever it is woken, when the next slot is due, and every second.
pub(crate) async fn dispatch(shared: Arc<Shared>, watchdog: Watchdog, stop: CancellationToken) {
    let mut next = Instant::now();
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = shared.signals.dispatch.notified() => {}
            () = sleep_until(next) => {}
        }
        next = Instant::now() + TICK;
        match look(&shared).await {
            Ok(due) => {
                next = Instant::now() + due.map_or(TICK, |due| due.clamp(LEAST, TICK));
                if std::mem::take(&mut failing) {
                    tracing::info!("the business database answers again");
                }
            }
            // One line per outage; the next look is a second away.
            Err(error) if failing => tracing::debug!(%error, "dispatching failed"),
            Err(error) => {
                failing = true;
                metrics::alert("dispatch_failed");
                tracing::error!(alert = "dispatch_failed", %error, "dispatching failed; trying again every second");
            }
        }
        watchdog.alive();
    }
}

/// Answers how long until something is due.
async fn look(shared: &Shared) -> Result<Option<Duration>, StoreError> {
    let biz = &shared.app.biz;
    let pulse = pulse::pulse(biz).await?;
    let defaults = shared.registry.defaults();
    let mut took = false;
    if pulse.events {
        while {
            let done = dispatch::inbox(biz, &defaults, shared.zone()).await?;
            report(shared, &done);
            took |= done.taken > 0;
            done.taken > 0
        } {}
    }
    if pulse.slots {
        report(shared, &dispatch::slots(biz, &defaults, shared.zone()).await?);
    }
    if pulse.runs {
        shared.signals.claim.notify_one();
    }
    if pulse.tickets {
        shared.signals.ticket();
    }
    // What has just been dispatched has slots and moments of its own. Events that another process is at need no second look
    // before the next tick: to group twenty thousand of them again and again would cost that process its processor.
    match pulse.slots || took {
        true => Ok(Some(LEAST)),
        false => Ok(pulse.next),
    }
}

/// After the commit: wakes this process's own runner, tells logs and metrics.
fn report(shared: &Shared, done: &Dispatched) {
    if done.taken == 0 {
        return;
    }
    if done.runs + done.joined > 0 {
        shared.signals.claim.notify_one();
    }
    metrics::dispatched(done);
    for (job, error) in &done.unreadable {
        metrics::alert("job_unreadable");
        tracing::error!(
            alert = "job_unreadable",
            job,
            error,
            "trigger_config cannot be read; the job does not run"
        );
    }
    for (event, reason) in &done.refused {
        metrics::alert("event_refused");
        tracing::error!(alert = "event_refused", event, reason, "an event made no run");
    }
    if done.skipped > 0 {
        tracing::warn!(skipped = done.skipped, "slots were missed while nothing dispatched");
    }
    tracing::debug!(
        taken = done.taken,
        runs = done.runs,
        joined = done.joined,
        unheard = done.unheard,
        "dispatched"
    );
}
