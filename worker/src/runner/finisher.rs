//! Writes ends: those that come together in one transaction, and for as long as the database is away.
use std::time::Duration;

use store::{
    connect::PgPool,
    scheduler::finish::{Ended, Finished, finish},
};
use tokio::sync::{mpsc, oneshot};

use crate::metrics;

/// Ends in one transaction, at most.
const BATCH: usize = 256;

type Order = (Ended, oneshot::Sender<Option<String>>);

/// Where attempts hand in their ends.
#[derive(Clone, Debug)]
pub(crate) struct Finisher {
    orders: mpsc::Sender<Order>,
    pool: PgPool,
}

/// The task behind it.
#[derive(Debug)]
pub(crate) struct Finishing {
    orders: mpsc::Receiver<Order>,
    pool: PgPool,
}

pub(crate) fn finisher(pool: PgPool) -> (Finisher, Finishing) {
    let (sender, orders) = mpsc::channel(4 * BATCH);
    (Finisher { orders: sender, pool: pool.clone() }, Finishing { orders, pool })
}

impl Finisher {
    /// Writes the end together with others; answers the state that the run is in now, `None` if it was no longer ours.
    pub async fn end(&self, ended: Ended) -> Option<String> {
        let (answer, state) = oneshot::channel();
        if self.orders.send((ended, answer)).await.is_err() {
            return None;
        }
        state.await.ok().flatten()
    }

    /// The same in a transaction of its own: it may have to wait for one that the stopped handler left behind, and
    /// others must not wait with it.
    pub async fn end_alone(&self, ended: Ended) -> Option<String> {
        let run = ended.fence.run_id;
        write(&self.pool, std::slice::from_ref(&ended)).await.states.remove(&run)
    }
}

impl Finishing {
    /// Until every [`Finisher`] is gone.
    pub async fn run(mut self) {
        let mut orders = Vec::with_capacity(BATCH);
        while self.orders.recv_many(&mut orders, BATCH).await > 0 {
            let (ended, answers): (Vec<Ended>, Vec<_>) = orders.drain(..).unzip();
            let mut done = write(&self.pool, &ended).await;
            for (ended, answer) in ended.iter().zip(answers) {
                // An attempt that is gone needs no answer.
                let _ = answer.send(done.states.remove(&ended.fence.run_id));
            }
        }
    }
}

/// Again until it is written: a run whose end is known must not be tried again because the database was away. Its lease
/// is renewed meanwhile; if it is lost, the epoch makes the write do nothing.
async fn write(pool: &PgPool, ended: &[Ended]) -> Finished {
    let mut wait = Duration::from_millis(50);
    loop {
        match finish(pool, ended).await {
            Ok(done) => {
                for job in &done.paused {
                    metrics::alert("job_paused");
                    tracing::error!(
                        alert = "job_paused",
                        job_id = job,
                        "disabled after too many dead runs in a row"
                    );
                }
                return done;
            }
            Err(error) => {
                tracing::warn!(%error, runs = ended.len(), "ends of runs could not be written; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
        }
    }
}
