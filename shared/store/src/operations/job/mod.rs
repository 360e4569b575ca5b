//! What operators do to jobs.
mod edit;
mod run;
mod switch;

pub use edit::{Edit, NotEdited, edit};
pub use run::{NotRun, run};
pub use switch::{NotEnabled, disable, enable};

use chrono::{DateTime, Utc};
use domain::schedule::{ConfigErrors, FieldError, Problem, TriggerConfig, When};

/// A configuration that can be worked with from `now` on: read in full, and with a slot to come.
pub fn check(
    condition: &str,
    config: &serde_json::Value,
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
) -> Result<TriggerConfig, ConfigErrors> {
    let parsed = TriggerConfig::parse(condition, config, zone)?;
    match &parsed.when {
        When::Cron(_) if parsed.next_after(now).is_none() => {
            let field = "cron_expression".to_owned();
            Err(ConfigErrors(vec![FieldError { field, problem: Problem::NoFurtherSlot }]))
        }
        _ => Ok(parsed),
    }
}
