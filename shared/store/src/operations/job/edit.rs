//! Editing when a job runs, and how.
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::schedule::ConfigErrors;
use serde_json::{Value, json};

use crate::{
    AdminTx, StoreError,
    db::{
        audit::{self, Action, Entry, Who},
        job,
    },
    scheduler::operate,
};

/// What is to hold from now on.
#[derive(Clone, Debug)]
pub struct Edit {
    /// cron, interval, event.
    pub condition: String,
    /// `trigger_config`, whole.
    pub config: Value,
    /// For operators.
    pub description: Option<String>,
    /// `updated_at` as it was shown.
    pub based_on: DateTime<Utc>,
}

/// Why a job was not edited.
#[derive(Debug, thiserror::Error)]
pub enum NotEdited {
    /// Every field that is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The database, no such job, or somebody who edited since.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes condition, configuration and description, with an audit row of before and after. It counts at once: nothing was
/// missed, and the next slot is computed from now. `zone` is that of cron expressions which name none.
pub async fn edit(tx: &mut AdminTx, job_id: i64, edit: &Edit, zone: Tz) -> Result<(), NotEdited> {
    let before = job::lock(tx.connection(), job_id).await?;
    let now = operate::now(tx.connection()).await?;
    super::check(&edit.condition, &edit.config, zone, now)?;
    if before.updated_at != edit.based_on {
        return Err(StoreError::Conflict("the job has been edited since".into()).into());
    }
    let same = (&before.condition, &before.config, &before.description)
        == (&edit.condition, &edit.config, &edit.description);
    if same {
        return Ok(());
    }
    let description = edit.description.as_deref();
    job::save(tx.connection(), job_id, &edit.condition, &edit.config, description).await?;
    let words = |condition: &str, config: &Value, description: Option<&str>| json!({ "triggerCondition": condition, "triggerConfig": config, "description": description });
    let entry = Entry {
        who: Who::administrator(tx, None),
        action: Action::JobEdited,
        object: Some(("job", job_id.to_string())),
        detail: json!({
            "job": before.job_name,
            "before": words(&before.condition, &before.config, before.description.as_deref()),
            "after": words(&edit.condition, &edit.config, description),
        }),
    };
    Ok(audit::write(tx.connection(), &entry).await?)
}
