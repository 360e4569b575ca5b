//! Every job type, one line each.
use domain::schedule::{Coalesce, Scope};
use store::jobs::kind::{self, Kind};

use crate::{
    job::Handler,
    jobs::{expiry, follow_ups, morning, note_score, recalls},
    prune,
};

/// A job type: what runs it, and how unless its `trigger_config` says otherwise.
#[derive(Clone, Copy)]
pub struct JobSpec {
    /// `biz.trigger_jobs.job_type`.
    pub job_type: &'static str,
    /// One run per active site, or one.
    pub scope: Scope,
    /// Whether waiting events share a run.
    pub coalesce: Coalesce,
    /// What runs it.
    pub handler: Handler,
}

/// The job types that this process can run.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    specs: Vec<JobSpec>,
}

impl Registry {
    /// All of them.
    pub fn standard() -> Self {
        Self::default()
            .known(kind::TASK_GENERATOR, |cx| Box::pin(morning::generate(cx)))
            .known(kind::TASK_GENERATOR_REFRESH, |cx| Box::pin(morning::refresh(cx)))
            .known(kind::TASK_EXPIRY_CHECK, |cx| Box::pin(expiry::check(cx)))
            .known(kind::RECALL_COMPLETION_CHECK, |cx| Box::pin(recalls::check(cx)))
            .known(kind::RECALL_SWEEP, |cx| Box::pin(recalls::check(cx)))
            .known(kind::NOTE_RECLASSIFY_BACKFILL, |cx| Box::pin(follow_ups::backfill(cx)))
            .known(kind::NOTE_AI_SCORE, |cx| Box::pin(note_score::check(cx)))
            .known(kind::QUEUE_PRUNE, |cx| Box::pin(prune::run(cx)))
    }

    fn known(self, kind: Kind, handler: Handler) -> Self {
        self.register_job(kind.job_type, kind.scope, kind.coalesce, handler)
    }

    /// Adds a job type; the newer of two with one name counts.
    #[must_use]
    pub fn register_job(
        mut self,
        job_type: &'static str,
        scope: Scope,
        coalesce: Coalesce,
        handler: Handler,
    ) -> Self {
        self.specs.retain(|spec| spec.job_type != job_type);
        self.specs.push(JobSpec { job_type, scope, coalesce, handler });
        self
    }

    /// The job type of that name.
    pub fn get(&self, job_type: &str) -> Option<&JobSpec> {
        self.specs.iter().find(|spec| spec.job_type == job_type)
    }

    /// Scope and coalescing per job type, for jobs whose configuration names none.
    pub fn defaults(&self) -> impl Fn(&str) -> (Scope, Coalesce) + Send + Sync {
        |job_type: &str| {
            self.get(job_type).map_or((Scope::Site, Coalesce::Site), |spec| (spec.scope, spec.coalesce))
        }
    }

    /// All job types.
    pub fn specs(&self) -> &[JobSpec] {
        &self.specs
    }
}

impl std::fmt::Debug for JobSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.job_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_the_store_knows_has_a_handler_and_no_other_type_has() {
        let ours = Registry::standard();
        let ours: Vec<_> = ours.specs().iter().map(|s| (s.job_type, s.scope, s.coalesce)).collect();
        let known: Vec<_> = kind::ALL.iter().map(|k| (k.job_type, k.scope, k.coalesce)).collect();
        assert_eq!(ours, known);
    }
}
