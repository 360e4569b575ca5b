//! What the service manager is told; nothing where there is none.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sd_notify::NotifyState;

/// Everything has been started.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// SIGTERM has been received; the drain begins.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

/// Tells the service manager that the dispatcher, or the drain, moves on: a process that hangs is restarted.
#[derive(Clone, Debug)]
pub(crate) struct Watchdog(Option<Arc<Told>>);

#[derive(Debug)]
struct Told {
    every: Duration,
    last: Mutex<Option<Instant>>,
}

impl Watchdog {
    pub fn new() -> Self {
        Self(
            sd_notify::watchdog_enabled()
                .map(|limit| Arc::new(Told { every: limit / 3, last: Mutex::default() })),
        )
    }

    /// Called about once a second by what must not hang.
    pub fn alive(&self) {
        let Some(told) = &self.0 else { return };
        let mut last = told.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() >= told.every) {
            *last = Some(Instant::now());
            tell(&[NotifyState::Watchdog]);
        }
    }
}
