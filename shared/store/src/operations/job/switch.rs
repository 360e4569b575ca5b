//! Enabling and disabling.
use chrono_tz::Tz;
use domain::schedule::ConfigErrors;
use serde_json::json;

use crate::{
    AdminTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        job,
    },
    scheduler::operate,
};

/// Why a job was not enabled.
#[derive(Debug, thiserror::Error)]
pub enum NotEnabled {
    /// Its stored configuration cannot be worked with: edit it first.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The database, or no such job.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lets a job run again, from now on: what it would have run meanwhile was not missed. An enabled one stays as it is.
pub async fn enable(tx: &mut AdminTx, job_id: i64, zone: Tz) -> Result<(), NotEnabled> {
    let job = job::lock(tx.connection(), job_id).await?;
    let now = operate::now(tx.connection()).await?;
    super::check(&job.condition, &job.config, zone, now)?;
    Ok(switch(tx, job_id, &job, true).await?)
}

/// Makes no more runs of a job, unless by hand; those that wait or run go on. A disabled one stays as it is.
pub async fn disable(tx: &mut AdminTx, job_id: i64) -> Result<(), StoreError> {
    let job = job::lock(tx.connection(), job_id).await?;
    switch(tx, job_id, &job, false).await
}

async fn switch(tx: &mut AdminTx, job_id: i64, job: &job::Locked, enabled: bool) -> Result<(), StoreError> {
    if (job.status == "enabled") == enabled {
        return Ok(());
    }
    job::set_enabled(tx.connection(), job_id, enabled).await?;
    let entry = Entry {
        who: Who::administrator(tx, None),
        action: if enabled { Action::JobEnabled } else { Action::JobDisabled },
        object: Some(("job", job_id.to_string())),
        detail: json!({ "job": job.job_name }),
    };
    audit::write(tx.connection(), &entry).await
}
