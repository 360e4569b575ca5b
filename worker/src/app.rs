//! What a handler may use.
use std::sync::Arc;

use ai::{Chat, Client, Settings};
use anyhow::anyhow;
use store::{config::Config, connect::PgPool};
use warehouse::Warehouse;

use crate::JobError;

/// Shared by all runs of a process.
#[derive(Clone, Debug)]
pub struct App {
    /// The business database, as `zqyy_worker`.
    pub biz: PgPool,
    /// The warehouse, where one is configured.
    pub warehouse: Option<Warehouse>,
    /// The AI, where one is configured.
    pub ai: Option<Arc<dyn Chat>>,
    /// As loaded at start.
    pub config: Config,
}

/// The AI that the configuration names; `None` where it names none.
///
/// # Errors
/// When TLS cannot be set up.
pub fn chat(config: &Config) -> anyhow::Result<Option<Arc<dyn Chat>>> {
    let Some(ai) = &config.ai else { return Ok(None) };
    let client = Client::new(Settings {
        base_url: ai.base_url.clone(),
        api_key: ai.api_key.as_ref().map(|key| key.expose().to_owned()),
        model: ai.model.clone(),
        timeout: ai.timeout,
    })?;
    Ok(Some(Arc::new(client)))
}

impl App {
    /// The warehouse, or an error that says which key is missing; retried, since a restart with the key mends it.
    pub fn warehouse(&self) -> Result<&Warehouse, JobError> {
        self.warehouse.as_ref().ok_or_else(|| {
            JobError::Retry(anyhow!("no warehouse: database.etl_url is not set for this worker"))
        })
    }
}
