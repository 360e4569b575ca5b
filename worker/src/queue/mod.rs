//! apalis, kept within this directory and `store::jobs::ticket`. It brings tickets; it decides nothing.
//!
//! What is known about 1.0.0 and how it is met here (`tests/it/apalis.rs` runs the cases again after an upgrade):
//! - A second process with a worker's name joins it silently, and orphans are rescued by name: the name is fresh per
//!   process and per restart.
//! - Fetched rows that wait for a slot stop heartbeats: one row per fetch.
//! - A panic, a timeout or arguments that do not decode leave rows `Running` or kill the worker: [`AnyTicket`] decodes
//!   everything, and the handler only signals; runs are tasks of their own.
//! - Its retries ignore backoff and cap: one attempt per ticket; retries are ours.
//! - A database error ends the worker: it is started again, and nothing but a ticket was in its hands.
//! - Its own wake-ups lose some: [`wake`].

mod wake;

use std::{convert::Infallible, sync::Arc, time::Duration};

use apalis::prelude::{BoxDynError, Data, WorkerBuilder};
use apalis_core::backend::{
    codec::Codec,
    ext::{poll_strategy::PollWith, with_codec::WithCodec},
};
use apalis_postgres::{Config, PostgresStorage};
use store::jobs::ticket::{QUEUE, Ticket};
use tokio_util::sync::CancellationToken;

use crate::process::Shared;
use wake::Wake;

/// How often the worker's registration is renewed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Takes tickets until `stop`, across lost connections and restarts of the database.
pub(crate) async fn work(shared: Arc<Shared>, stop: CancellationToken) {
    let mut restarts = 0_u32;
    let mut wait = Duration::from_millis(250);
    while !stop.is_cancelled() {
        let began = tokio::time::Instant::now();
        let name = format!("{}-{restarts}", shared.name());
        let config = Config::default()
            .queue(QUEUE)
            .batch_size(1)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(4)
            .persist_results(true);
        let storage = PostgresStorage::<Ticket>::new(&shared.app.biz).with_config(config);
        let backend =
            PollWith::new(WithCodec::new(storage, AnyTicket), Wake::new(shared.signals.tickets.subscribe()));
        let worker = WorkerBuilder::new(name.as_str()).backend(backend).data(shared.clone()).build(take);
        let stopped = stop.clone();
        let ended = worker.run_until(async move {
            stopped.cancelled().await;
            Ok::<(), std::io::Error>(())
        });
        match ended.await {
            Ok(()) if stop.is_cancelled() => return,
            ended => {
                if began.elapsed() > Duration::from_secs(60) {
                    wait = Duration::from_millis(250);
                }
                let error = ended.err().map(|e| e.to_string());
                tracing::warn!(
                    error,
                    retry_ms = wait.as_millis(),
                    "the queue was interrupted; polling goes on"
                );
                tokio::select! {
                    () = tokio::time::sleep(wait) => wait = (wait * 2).min(Duration::from_secs(5)),
                    () = stop.cancelled() => return,
                }
                restarts += 1;
            }
        }
    }
}

/// A ticket: there is work. Which, is found by claiming.
async fn take(ticket: Ticket, shared: Data<Arc<Shared>>) -> Result<(), BoxDynError> {
    tracing::trace!(run = ticket.run_id, "ticket");
    shared.signals.claim.notify_one();
    Ok(())
}

/// Reads a ticket that says nothing readable as one that names no run.
#[derive(Clone, Copy, Debug)]
struct AnyTicket;

impl Codec<Ticket> for AnyTicket {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, ticket: &Ticket) -> Result<Vec<u8>, Infallible> {
        Ok(serde_json::to_vec(ticket).unwrap_or_default())
    }

    fn decode(&self, bytes: &Vec<u8>) -> Result<Ticket, Infallible> {
        Ok(serde_json::from_slice(bytes).unwrap_or_default())
    }
}
