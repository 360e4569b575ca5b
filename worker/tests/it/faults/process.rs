//! A worker process of the harness: this test binary again, with jobs of the harness's own.
use std::{collections::HashMap, io::Read as _};

use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use worker::Process;

use super::handlers;
use crate::fixture;

/// The filter under which [`a_worker_of_the_harness`] is started.
pub const NAME: &str = "faults::process::a_worker_of_the_harness";

/// What a process is told, on standard input.
#[derive(Serialize, Deserialize)]
pub struct Orders {
    /// Configuration keys.
    pub environment: HashMap<String, String>,
    /// Without the newest job type, as before an upgrade.
    pub old: bool,
}

/// Not a test: the harness starts it with orders on standard input. Without any it has nothing to do.
#[test]
#[ignore = "the harness starts it"]
fn a_worker_of_the_harness() {
    let mut orders = String::new();
    std::io::stdin().read_to_string(&mut orders).unwrap();
    if orders.is_empty() {
        return;
    }
    let Orders { environment, old } = serde_json::from_str(&orders).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).unwrap();
        let config = store::config::Config::load_with(None, environment.clone()).unwrap();
        store::telemetry::init(&config.log);
        let stop = CancellationToken::new();
        let process = Process::new(fixture::app(environment).await, handlers::registry(old));
        let running = process.run(stop.clone(), || {});
        tokio::pin!(running);
        tokio::select! {
            () = &mut running => {}
            _ = terminate.recv() => {
                stop.cancel();
                running.await;
            }
        }
    });
    runtime.shutdown_background();
}
