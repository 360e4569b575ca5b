//! Every job type, one line each.
use domain::schedule::{Coalesce, Scope};

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
        use Coalesce as C;
        use Scope::{Global, Site};
        Self::default()
            .register_job("task_generator", Site, C::Site, |cx| Box::pin(morning::generate(cx)))
            .register_job("task_generator_refresh", Site, C::Site, |cx| Box::pin(morning::refresh(cx)))
            .register_job("task_expiry_check", Site, C::Site, |cx| Box::pin(expiry::check(cx)))
            .register_job("recall_completion_check", Site, C::Site, |cx| Box::pin(recalls::check(cx)))
            .register_job("recall_sweep", Site, C::Site, |cx| Box::pin(recalls::check(cx)))
            .register_job("note_reclassify_backfill", Site, C::None, |cx| Box::pin(follow_ups::backfill(cx)))
            .register_job("note_ai_score", Site, C::None, |cx| Box::pin(note_score::check(cx)))
            .register_job("queue_prune", Global, C::Site, |cx| Box::pin(prune::run(cx)))
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
