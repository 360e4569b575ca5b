//! One attempt at a run, from claim to end.
use std::{sync::Arc, time::Duration};

use domain::schedule::{Options, backoff};
use store::scheduler::{
    Run,
    finish::{End, Ended},
};
use tokio::{task::JoinError, time::Instant};
use tracing::Instrument as _;

use super::{Stop, in_flight::Stopper};
use crate::{App, JobContext, JobError, Outcome, job::Handler, metrics, process::Shared};

/// A handler that watches `cancelled` may tidy up so long.
const GRACE: Duration = Duration::from_secs(2);

/// What came of the handler.
enum Result {
    /// It returned.
    Returned(std::result::Result<Outcome, JobError>),
    /// It panicked.
    Panicked(String),
    /// It was stopped, and a transaction of its may still be on its way to the database.
    Stopped(End),
    /// The run is someone else's.
    Lost,
}

/// Runs the handler and writes the end. Everything that can go wrong with a handler ends here.
pub(crate) async fn attempt(shared: &Arc<Shared>, run: Run) {
    let span = tracing::info_span!(
        "run",
        run = run.id,
        job = run.job_name,
        site = run.site_id.map(|s| s.0),
        attempt = run.attempt
    );
    attempt_in_span(shared, run).instrument(span).await;
}

async fn attempt_in_span(shared: &Arc<Shared>, run: Run) {
    let (stopper, _guard) = shared.in_flight.enter(run.fence());
    let began = Instant::now();
    metrics::started(&run);
    let run = Arc::new(run);
    let (end, alone) = match (shared.registry.get(&run.job_type), &run.options) {
        (None, _) => (End::Dead { error: format!("unknown job type {:?}", run.job_type) }, false),
        (_, Err(why)) => (End::Dead { error: format!("trigger_config: {why}") }, false),
        (Some(spec), Ok(options)) => {
            match call(spec.handler, shared.app.clone(), run.clone(), options.timeout, &stopper).await {
                Result::Returned(Ok(Outcome::Succeeded(stats))) => (End::Succeeded(stats), false),
                Result::Returned(Ok(Outcome::Skipped { reason, stats })) => {
                    (End::Skipped { reason, stats }, false)
                }
                Result::Returned(Err(error)) if error.is_fence_lost() => return lost(&run),
                Result::Returned(Err(JobError::Retry(error))) => (again(&run, options, said(&error)), false),
                Result::Returned(Err(JobError::Fail(error))) => (End::Dead { error: said(&error) }, false),
                Result::Panicked(message) => (again(&run, options, format!("panicked: {message}")), true),
                // A timeout is a failure like any other; a cancellation and a drain are none.
                Result::Stopped(End::Dead { error }) => (again(&run, options, error), true),
                Result::Stopped(end) => (end, true),
                Result::Lost => return lost(&run),
            }
        }
    };
    let ended = Ended::new(&run, end);
    let tell = ended.clone();
    let state = match alone {
        true => shared.finisher.end_alone(ended).await,
        false => shared.finisher.end(ended).await,
    };
    match state {
        Some(state) => told(&run, &tell.end, &state, began.elapsed()),
        None => lost(&run),
    }
}

/// Calls the handler in a task of its own: its panic is contained, and its blocking starves nobody's heartbeat.
async fn call(
    handler: Handler,
    app: Arc<App>,
    run: Arc<Run>,
    timeout: Duration,
    stopper: &Stopper,
) -> Result {
    let cancel = stopper.token().clone();
    let mut task = tokio::spawn(
        async move { handler(JobContext { run: &run, app: &app, cancel: &cancel }).await }.in_current_span(),
    );
    let stop = tokio::select! {
        biased;
        done = &mut task => return returned(done),
        stop = stopper.stopped() => Some(stop),
        () = tokio::time::sleep(timeout) => {
            stopper.token().cancel();
            None
        }
    };
    match tokio::time::timeout(GRACE, &mut task).await {
        // It came to its end while we waited for it to stop.
        Ok(Ok(Ok(outcome))) if stop == Some(Stop::Leaving) => return Result::Returned(Ok(outcome)),
        Ok(_) => {}
        Err(_) => {
            task.abort();
            // A task that blocks cannot be aborted; what it still does fails at the fence.
            let _ = tokio::time::timeout(GRACE, task).await;
        }
    }
    match stop {
        None => Result::Stopped(End::Dead { error: format!("timed out after {} s", timeout.as_secs()) }),
        Some(Stop::Cancelled) => Result::Stopped(End::Cancelled),
        Some(Stop::Leaving) => Result::Stopped(End::GivenBack),
        Some(Stop::Lost) => Result::Lost,
    }
}

fn returned(done: std::result::Result<std::result::Result<Outcome, JobError>, JoinError>) -> Result {
    match done {
        Ok(outcome) => Result::Returned(outcome),
        Err(error) => Result::Panicked(match error.try_into_panic() {
            Ok(payload) => match payload.downcast::<String>() {
                Ok(message) => *message,
                Err(payload) => payload.downcast_ref::<&str>().unwrap_or(&"without a message").to_string(),
            },
            Err(error) => error.to_string(),
        }),
    }
}

/// A failed attempt waits for its next one, if it has one left.
fn again(run: &Run, options: &Options, error: String) -> End {
    let attempt = u32::try_from(run.attempt).unwrap_or(1);
    if attempt >= options.max_attempts {
        return End::Dead { error: format!("{error} (attempt {attempt} of {})", options.max_attempts) };
    }
    End::Failed { error, retry_in: backoff(options.backoff, attempt, rand::random()) }
}

/// The error with its causes, no longer than a row should hold.
fn said(error: &anyhow::Error) -> String {
    format!("{error:#}").chars().filter(|c| *c != '\0').take(2000).collect()
}

fn lost(run: &Run) {
    metrics::lost(run);
    tracing::warn!(epoch = run.epoch, "the run is no longer ours; nothing more of it is written here");
}

fn told(run: &Run, end: &End, state: &str, took: Duration) {
    metrics::ended(run, state, took);
    let millis = took.as_millis();
    match end {
        End::Succeeded(_) => tracing::info!(millis, "run succeeded"),
        End::Skipped { reason, .. } => {
            metrics::alert("run_skipped");
            tracing::error!(alert = "run_skipped", millis, reason, "run skipped");
        }
        End::Failed { error, retry_in } => {
            tracing::warn!(millis, error, retry_ms = retry_in.as_millis(), state, "attempt failed");
        }
        End::Dead { error } => {
            metrics::alert("run_dead");
            tracing::error!(alert = "run_dead", millis, error, "run dead");
        }
        End::Cancelled => tracing::info!(millis, "run cancelled"),
        End::GivenBack => tracing::info!(millis, "run given back"),
    }
}
