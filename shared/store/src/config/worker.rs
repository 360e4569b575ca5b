use std::{net::SocketAddr, time::Duration};

use super::{ConfigError, keys::Keys};

/// `[worker]`
#[derive(Clone, Debug)]
pub struct Worker {
    /// Runs at the same time.
    pub concurrency: usize,
    /// How long running jobs may finish after SIGTERM.
    pub drain: Duration,
    /// How long a claimed run stays this process's without a renewal; renewed four times as often.
    pub lease: Duration,
    /// Where `/metrics` is answered.
    pub metrics_listen: SocketAddr,
}

impl Worker {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        Ok(Self {
            concurrency: keys.number("worker.concurrency", 1..=256)?,
            drain: Duration::from_secs(keys.number("worker.drain_seconds", 0..=3600)?),
            lease: Duration::from_secs(keys.number("worker.lease_seconds", 4..=600)?),
            metrics_listen: keys.parse("worker.metrics_listen", "an address such as 127.0.0.1:9091")?,
        })
    }
}
