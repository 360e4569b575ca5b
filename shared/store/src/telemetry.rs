//! Logging, set up once per process.
use std::io;

use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Format, Log};

/// Sends `tracing` to standard error as configured; the second call in a process changes nothing.
pub fn init(log: &Log) {
    // Validated when the configuration was read.
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let already = match log.format {
        Format::Json => {
            let layer = layer.json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(layer).try_init()
        }
        Format::Pretty => registry.with(layer).try_init(),
    };
    if already.is_err() {
        tracing::debug!("logging is already set up");
    }
}
