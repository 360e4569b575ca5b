//! Writes ends: those that come together in one transaction, and for as long as the database is away.
use std::time::Duration;

use store::{
    StoreError,
    connect::PgPool,
    scheduler::finish::{End, Ended, Finished, finish},
};
use tokio::sync::{mpsc, oneshot};

use crate::metrics;

/// Ends in one transaction, at most.
const BATCH: usize = 256;
/// Where many ended together just now, the first of the next waits so long for the others.
const GATHER: Duration = Duration::from_millis(1);

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
        let mut before = 0;
        while self.orders.recv_many(&mut orders, BATCH).await > 0 {
            // Runs that were claimed together end together: a commit for the first alone would make the others wait for
            // the disk twice.
            if orders.len() < before {
                tokio::time::sleep(GATHER).await;
                orders.extend(std::iter::from_fn(|| self.orders.try_recv().ok()).take(BATCH - orders.len()));
            }
            before = orders.len();
            let (ended, answers): (Vec<Ended>, Vec<_>) = orders.drain(..).unzip();
            let mut done = write(&self.pool, &ended).await;
            for (ended, answer) in ended.iter().zip(answers) {
                // An attempt that is gone needs no answer.
                let _ = answer.send(done.states.remove(&ended.fence.run_id));
            }
        }
    }
}

/// Ends of several runs; if the database refuses them as they are, each on its own, so that one unwritable report does
/// not hold up the others.
async fn write(pool: &PgPool, ended: &[Ended]) -> Finished {
    if let Ok(done) = persist(pool, ended).await {
        return done;
    }
    let mut done = Finished::default();
    for one in ended {
        let Finished { states, paused } = write_one(pool, one.clone()).await;
        done.states.extend(states);
        done.paused.extend(paused);
    }
    done
}

/// A report that the database refuses (a NUL in a text, say) makes the run dead, with the refusal as its error.
async fn write_one(pool: &PgPool, mut ended: Ended) -> Finished {
    for _ in 0..2 {
        match persist(pool, std::slice::from_ref(&ended)).await {
            Ok(done) => return done,
            Err(error) => ended.end = End::Dead { error: format!("its end could not be written: {error}") },
        }
    }
    Finished::default()
}

/// Again until it is written: a run whose end is known must not be tried again because the database was away. Its lease
/// is renewed meanwhile; if it is lost, the epoch makes the write do nothing. An error is one that repetition does not
/// mend.
async fn persist(pool: &PgPool, ended: &[Ended]) -> Result<Finished, StoreError> {
    let mut wait = Duration::from_millis(50);
    loop {
        match finish(pool, ended).await {
            Ok(done) => {
                for job in &done.paused {
                    metrics::paused(*job);
                }
                return Ok(done);
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, runs = ended.len(), "ends of runs could not be written; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(2));
            }
            Err(error) => {
                tracing::error!(%error, runs = ended.len(), "the database refuses the ends of runs");
                return Err(error);
            }
        }
    }
}
