//! What a handler may use.
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
    /// As loaded at start.
    pub config: Config,
}

impl App {
    /// The warehouse, or an error that says which key is missing; retried, since a restart with the key mends it.
    pub fn warehouse(&self) -> Result<&Warehouse, JobError> {
        self.warehouse.as_ref().ok_or_else(|| {
            JobError::Retry(anyhow!("no warehouse: database.etl_url is not set for this worker"))
        })
    }
}
