//! `worker serve`.
use std::io;

use store::config::Config;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{Process, Registry, metrics, systemd};

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    let signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let app = super::app(config).await?;
    if app.warehouse.is_none() {
        tracing::warn!("database.etl_url is not set: jobs that read the warehouse will fail and be retried");
    }
    metrics::serve(app.config.worker.metrics_listen).await?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_on(signals, stop.clone()));
    Process::new(app, Registry::standard()).run(stop, systemd::ready).await;
    Ok(())
}

/// The first signal drains; a second one changes nothing, SIGKILL is safe at any time.
async fn stop_on([mut terminate, mut interrupt]: [Signal; 2], stop: CancellationToken) -> io::Result<()> {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    systemd::stopping();
    stop.cancel();
    Ok(())
}
