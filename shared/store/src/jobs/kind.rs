//! What is known of a job type besides its handler: whoever makes runs needs it, and the api does so without the worker.
use domain::schedule::{Coalesce, Scope};

/// A job type, and how it runs unless a job's `trigger_config` says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `biz.trigger_jobs.job_type`.
    pub job_type: &'static str,
    /// One run per active site, or one.
    pub scope: Scope,
    /// Whether waiting events share a run.
    pub coalesce: Coalesce,
}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $job_type:literal, $scope:ident, $coalesce:ident;)+) => {
        $($(#[$doc])+
        pub const $name: Kind = Kind { job_type: $job_type, scope: Scope::$scope, coalesce: Coalesce::$coalesce };)+

        /// Every one.
        pub const ALL: &[Kind] = &[$($name,)+];
    };
}

kinds! {
    /// Every morning: whom each coach should contact.
    TASK_GENERATOR = "task_generator", Site, Site;
    /// The same, when a newer snapshot has come.
    TASK_GENERATOR_REFRESH = "task_generator_refresh", Site, Site;
    /// Closes tasks whose time is up.
    TASK_EXPIRY_CHECK = "task_expiry_check", Site, Site;
    /// Completes the recalls of members who came back.
    RECALL_COMPLETION_CHECK = "recall_completion_check", Site, Site;
    /// The same, for a lost event or a late replica.
    RECALL_SWEEP = "recall_sweep", Site, Site;
    /// What follows a completed recall.
    NOTE_RECLASSIFY_BACKFILL = "note_reclassify_backfill", Site, None;
    /// Scores new notes.
    NOTE_AI_SCORE = "note_ai_score", Site, None;
    /// Retention.
    QUEUE_PRUNE = "queue_prune", Global, Site;
}

/// Scope and coalescing of a job type; of one that is not known here, `Site` and `Site`.
pub fn defaults(job_type: &str) -> (Scope, Coalesce) {
    let known = ALL.iter().find(|kind| kind.job_type == job_type);
    known.map_or((Scope::Site, Coalesce::Site), |kind| (kind.scope, kind.coalesce))
}
