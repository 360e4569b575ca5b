use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::schedule::{ConfigErrors, TriggerConfig};
use serde::Serialize;
use serde_json::Value;
use store::{
    AdminTx,
    db::job::{self, Job},
};
use utoipa::ToSchema;

use crate::error::{ApiError, FieldError, Kind};

/// A job: what runs when, and how it is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobOut {
    /// Job.
    id: i64,
    /// Its name.
    job_name: String,
    /// Handler in the workers.
    job_type: String,
    /// cron, interval or event.
    trigger_condition: String,
    /// When and how it runs, as stored.
    #[schema(value_type = Object)]
    trigger_config: Value,
    /// enabled or disabled.
    status: String,
    /// For operators.
    description: Option<String>,
    /// End of the newest run.
    last_run_at: Option<DateTime<Utc>>,
    /// Next slot; null = an event's, a disabled one's, or to be computed in a moment.
    next_run_at: Option<DateTime<Utc>>,
    /// Newest failure; cleared by a success at the same site or by an edit.
    last_error: Option<String>,
    /// `basedOn` of the next edit.
    updated_at: DateTime<Utc>,
    /// Runs queued, or failed and waiting for their next attempt.
    waiting: i64,
    /// Runs in progress.
    running: i64,
    /// Dead runs.
    dead: i64,
    /// Whether a living worker knows the type.
    has_worker: bool,
    /// What is wrong with the stored configuration; while there is anything the job does not run.
    problems: Vec<FieldError>,
}

impl JobOut {
    /// Of a row; `zone` is that of cron expressions which name none.
    pub(super) fn new(job: Job, zone: Tz) -> Self {
        let problems = TriggerConfig::parse(&job.condition, &job.config, zone).err().map(problems);
        Self {
            id: job.id,
            job_name: job.job_name,
            job_type: job.job_type,
            trigger_condition: job.condition,
            trigger_config: job.config,
            status: job.status,
            description: job.description,
            last_run_at: job.last_run_at,
            next_run_at: job.next_run_at,
            last_error: job.last_error,
            updated_at: job.updated_at,
            waiting: job.waiting,
            running: job.running,
            dead: job.dead,
            has_worker: job.has_worker,
            problems: problems.unwrap_or_default(),
        }
    }
}

/// The job as it is now.
pub(super) async fn now(tx: &mut AdminTx, id: i64, zone: Tz) -> Result<JobOut, ApiError> {
    let job = job::list(tx.connection(), Some(id)).await?.pop().ok_or(Kind::NotFound)?;
    Ok(JobOut::new(job, zone))
}

/// Every field of a configuration that is wrong, by its path in the body.
pub(super) fn problems(errors: ConfigErrors) -> Vec<FieldError> {
    let path = |field: &str| match field {
        "trigger_condition" => "triggerCondition".to_owned(),
        "trigger_config" => "triggerConfig".to_owned(),
        key => format!("triggerConfig.{key}"),
    };
    errors.0.into_iter().map(|error| FieldError::new(path(&error.field), error.problem.zh())).collect()
}
