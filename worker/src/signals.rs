//! Who wakes whom inside a process.
use tokio::sync::{Notify, watch};

/// Each signal is remembered until its task looks; several before that count once.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Something may be due: the dispatcher looks.
    pub dispatch: Notify,
    /// Runs may be eligible, or a slot has become free: the runner claims.
    pub claim: Notify,
    /// Tickets may wait: the queue fetches. Counts up.
    pub tickets: watch::Sender<u64>,
}

impl Signals {
    pub fn new() -> Self {
        Self { dispatch: Notify::new(), claim: Notify::new(), tickets: watch::Sender::new(0) }
    }

    /// The queue's signal.
    pub fn ticket(&self) {
        self.tickets.send_modify(|n| *n = n.wrapping_add(1));
    }
}
