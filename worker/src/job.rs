//! The contract between the scheduler and a job's handler.
//!
//! A handler is called once per attempt. Its effects go through [`JobContext::door`], whose transactions hold the run's
//! fence: if the run was taken over, cancelled or ended meanwhile they fail with [`StoreError::FenceLost`] and nothing
//! is written. A run may be executed more than once, so a handler decides by what it finds, not by what it was told.
use std::future::Future;

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use store::{StoreError, SystemDoor, scheduler::events};
use tokio_util::sync::CancellationToken;

use crate::{App, jobs::work::WorkError};

pub use store::scheduler::{Run, Trigger, events::RunEvent};

/// What a handler gets.
#[derive(Clone, Copy)]
pub struct JobContext<'a> {
    /// The attempt.
    pub run: &'a Run,
    /// The process's shared state.
    pub app: &'a App,
    pub(crate) cancel: &'a CancellationToken,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done; the value is kept as the run's `stats`.
    Succeeded(Value),
    /// There was a reason not to do it now; final, not retried, and the reason is shown and counted.
    Skipped {
        /// In words, for the operator.
        reason: String,
        /// Kept as the run's `stats`.
        stats: Value,
    },
}

/// Why an attempt failed.
#[derive(Debug)]
pub enum JobError {
    /// May go better later: again after the backoff, until `max_attempts`.
    Retry(anyhow::Error),
    /// Will fail every time: dead at once.
    Fail(anyhow::Error),
}

/// A handler, as the registry holds it.
pub type Handler = for<'a> fn(JobContext<'a>) -> BoxFuture<'a, Result<Outcome, JobError>>;

impl JobContext<'_> {
    /// The business database for this run: every transaction takes the run's fence first.
    pub fn door(&self) -> SystemDoor {
        SystemDoor::fenced(self.app.biz.clone(), self.run.fence())
    }

    /// The events this run answers, oldest first; empty unless it was made by events.
    pub async fn events(&self) -> Result<Vec<RunEvent>, StoreError> {
        events::of_run(&self.app.biz, self.run.id).await
    }

    /// Whether a failure of this attempt makes the run dead.
    pub fn is_last_attempt(&self) -> bool {
        let attempt = u32::try_from(self.run.attempt).unwrap_or(u32::MAX);
        self.run.options.as_ref().is_ok_and(|options| attempt >= options.max_attempts)
    }

    /// Resolves when someone cancels the run or the process has to go; a handler that watches it ends sooner, one that
    /// does not is dropped at its next await.
    pub fn cancelled(&self) -> impl Future<Output = ()> {
        self.cancel.cancelled()
    }

    /// The same, as a question between two steps.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

impl Outcome {
    /// Success with anything that serialises, for the run's `stats`.
    pub fn succeeded(stats: impl Serialize) -> Result<Self, JobError> {
        serde_json::to_value(stats).map(Self::Succeeded).map_err(|e| JobError::Fail(e.into()))
    }
}

impl JobError {
    /// A failure that no retry mends.
    pub fn fail(error: impl Into<anyhow::Error>) -> Self {
        Self::Fail(error.into())
    }

    /// The error itself.
    pub fn error(&self) -> &anyhow::Error {
        match self {
            Self::Retry(error) | Self::Fail(error) => error,
        }
    }

    /// Neither retry nor fail: the run is someone else's now, and its end is theirs to write.
    pub(crate) fn is_fence_lost(&self) -> bool {
        matches!(store_error(self.error()), Some(StoreError::FenceLost { .. }))
    }
}

/// The store's error inside a handler's, if that is what it is about.
fn store_error(error: &anyhow::Error) -> Option<&StoreError> {
    error.chain().find_map(|cause| match cause.downcast_ref() {
        // Transparent: it stands in the chain in the store error's place.
        Some(WorkError::Store(error)) => Some(error),
        _ => cause.downcast_ref(),
    })
}

/// `?` on any error means retry, but for what the store cannot read: that stays unreadable.
impl<E: Into<anyhow::Error>> From<E> for JobError {
    fn from(error: E) -> Self {
        let error = error.into();
        match store_error(&error) {
            Some(StoreError::Unreadable { .. }) => Self::Fail(error),
            _ => Self::Retry(error),
        }
    }
}
