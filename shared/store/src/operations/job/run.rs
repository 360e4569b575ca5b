//! Running a job by hand.
use domain::SiteId;
use serde_json::json;

pub use crate::scheduler::operate::NotRun;
use crate::{
    AdminTx,
    db::{
        audit::{self, Action, Entry, Who},
        job,
    },
    jobs::kind,
    scheduler::operate,
};

/// Makes runs of a job now, whatever its status: at one site, or as its scope says. Answers their ids.
pub async fn run(tx: &mut AdminTx, job_id: i64, site: Option<SiteId>) -> Result<Vec<i64>, NotRun> {
    let job = job::lock(tx.connection(), job_id).await?;
    let run_ids = operate::run_now(tx.connection(), &job.job_name, site, &kind::defaults).await?;
    let entry = Entry {
        who: Who::administrator(tx, site),
        action: Action::JobRun,
        object: Some(("job", job_id.to_string())),
        detail: json!({ "job": job.job_name, "runs": run_ids }),
    };
    audit::write(tx.connection(), &entry).await?;
    Ok(run_ids)
}
