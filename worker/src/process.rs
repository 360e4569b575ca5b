//! One worker process: its tasks, their order of starting and of stopping.
use std::{sync::Arc, time::Duration};

use chrono_tz::Tz;
use store::scheduler::{
    claim::{self, Claimant},
    operate,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use crate::{
    App,
    dispatcher::{self, Listening},
    queue, reconciler,
    registry::Registry,
    runner::{self, Finisher, InFlight, Runner},
    signals::Signals,
    systemd::Watchdog,
};

/// How long stopping tasks may take beyond the drain.
const STOPPING: Duration = Duration::from_millis(500);

/// How long a claim in progress may take when the process stops.
const CLAIMING: Duration = Duration::from_secs(5);

/// What the tasks of a process share.
pub(crate) struct Shared {
    pub app: Arc<App>,
    pub registry: Registry,
    /// Its name is fresh per process: names in the queue must never meet again.
    pub claimant: Claimant,
    pub signals: Signals,
    pub in_flight: InFlight,
    pub finisher: Finisher,
}

impl Shared {
    /// The zone of cron expressions that name none.
    pub fn zone(&self) -> Tz {
        self.claimant.zone
    }

    /// This process's name.
    pub fn name(&self) -> &str {
        &self.claimant.worker
    }
}

/// A worker, ready to run.
pub struct Process {
    shared: Arc<Shared>,
    finishing: runner::Finishing,
}

impl Process {
    /// With these jobs; nothing is started yet.
    pub fn new(app: App, registry: Registry) -> Self {
        let (finisher, finishing) = runner::finisher(app.biz.clone());
        let claimant = Claimant {
            worker: format!("worker-{}-{}", std::process::id(), Ulid::generate()),
            job_types: registry.specs().iter().map(|spec| spec.job_type.to_owned()).collect(),
            lease: app.config.worker.lease,
            zone: app.config.clock.timezone,
        };
        let shared = Arc::new(Shared {
            app: Arc::new(app),
            registry,
            claimant,
            signals: Signals::new(),
            in_flight: InFlight::default(),
            finisher,
        });
        Self { shared, finishing }
    }

    /// This process's name in `biz.trigger_runs.worker` and in the queue.
    pub fn name(&self) -> &str {
        self.shared.name()
    }

    /// Works until `stop`, then drains: no new runs, those in flight may end for `worker.drain_seconds`, the rest is
    /// given back. `ready` is called once everything has been started.
    pub async fn run(self, stop: CancellationToken, ready: impl FnOnce()) {
        let Self { shared, finishing } = self;
        let watchdog = Watchdog::new();
        // These go on during the drain: ends must be written, and leases kept until they are.
        let mut last = JoinSet::new();
        last.spawn(finishing.run());
        last.spawn(runner::heartbeat(shared.clone()));

        let mut first = JoinSet::new();
        let runner = Runner::new(shared.clone());
        first.spawn(dispatcher::listen(shared.clone(), Listening::default(), stop.clone()));
        first.spawn(dispatcher::dispatch(shared.clone(), watchdog.clone(), stop.clone()));
        first.spawn(reconciler::reconcile(shared.clone(), stop.clone()));
        first.spawn(queue::work(shared.clone(), stop.clone()));
        let claiming = tokio::spawn(runner.clone().claim(stop.clone()));
        ready();
        tracing::info!(
            worker = shared.name(),
            slots = shared.app.config.worker.concurrency,
            "worker started"
        );

        stop.cancelled().await;
        tracing::info!(
            worker = shared.name(),
            running = shared.in_flight.len(),
            "stopping: no new runs are claimed"
        );
        let stopped = async { while first.join_next().await.is_some() {} };
        if tokio::time::timeout(STOPPING, stopped).await.is_err() {
            first.abort_all();
        }
        // Not aborted: runs that it is just claiming would be nobody's until their lease ends.
        if tokio::time::timeout(CLAIMING, claiming).await.is_err() {
            tracing::error!("a claim did not come back; its runs, if any, are left to their leases");
        }
        runner.drain(shared.app.config.worker.drain, || watchdog.alive()).await;
        last.abort_all();
        // A statement that still waits at the server, for a lock perhaps, would hold the process for as long; the server undoes
        // it when the connection goes.
        if tokio::time::timeout(STOPPING, shared.app.biz.close()).await.is_err() {
            tracing::warn!("statements in progress are left to the server, which undoes them");
        }
        tracing::info!(worker = shared.name(), "stopped");
    }

    /// Runs these runs here, until each has ended an attempt, wherever that happened: a serving worker may have taken
    /// some. Looks every `look`.
    pub async fn run_these(self, run_ids: &[i64], look: Duration) -> anyhow::Result<()> {
        let Self { shared, finishing } = self;
        let mut tasks = JoinSet::new();
        tasks.spawn(finishing.run());
        tasks.spawn(runner::heartbeat(shared.clone()));
        loop {
            let runs = claim::claim_these(&shared.app.biz, &shared.claimant, run_ids).await?;
            // One after the other: they are few, and their log is read by a person.
            for run in runs {
                runner::attempt(&shared, run).await;
            }
            let states = operate::states(&mut *shared.app.biz.acquire().await?, run_ids).await?;
            if !states.iter().any(|run| matches!(run.state.as_str(), "queued" | "running")) {
                return Ok(());
            }
            tokio::time::sleep(look).await;
        }
    }
}
