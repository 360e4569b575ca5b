//! When the queue is polled.
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use tokio::{
    sync::watch,
    time::{Interval, Sleep, interval, sleep},
};

/// In case a signal is lost between the dispatcher's look, which is every second, and the queue's poll.
const TICK: Duration = Duration::from_secs(10);
/// A signal that comes while a fetch is in flight is swallowed by it; a second look follows so long after.
const ECHO: Duration = Duration::from_millis(25);

type Changed = Pin<Box<dyn Future<Output = watch::Receiver<u64>> + Send + Sync>>;

/// Polls on a signal, once more shortly after, and every ten seconds. Every source is polled until pending, so that its
/// waker is always registered: the crate's own interval re-arms without, and can then sleep until the next heartbeat.
pub(super) struct Wake {
    changed: Changed,
    tick: Interval,
    echo: Option<Pin<Box<Sleep>>>,
}

impl Wake {
    pub fn new(signal: watch::Receiver<u64>) -> Self {
        Self { changed: next(signal), tick: interval(TICK), echo: None }
    }
}

fn next(mut signal: watch::Receiver<u64>) -> Changed {
    Box::pin(async move {
        if signal.changed().await.is_err() {
            // The process is going.
            std::future::pending::<()>().await;
        }
        signal.borrow_and_update();
        signal
    })
}

impl PollStrategy for Wake {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        while self.tick.poll_tick(cx).is_ready() {}
        while let Poll::Ready(signal) = self.changed.as_mut().poll(cx) {
            self.changed = next(signal);
            self.echo = Some(Box::pin(sleep(ECHO)));
        }
        if let Some(echo) = self.echo.as_mut()
            && echo.as_mut().poll(cx).is_ready()
        {
            self.echo = None;
        }
        Poll::Pending
    }
}
