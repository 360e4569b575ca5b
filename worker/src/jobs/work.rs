//! What a site's work needs: the business database by the run's door, the warehouse, and which site.
use domain::{RuntimeContext, SiteId};
use store::{StoreError, SystemDoor, SystemTx};
use warehouse::{Warehouse, WarehouseError, WarehouseTx};

use crate::{JobContext, JobError};

/// One site's work. The same functions serve a run (a fenced door) and the replay of past days (a door with a clock).
#[derive(Clone, Debug)]
pub struct Work {
    door: SystemDoor,
    warehouse: Option<Warehouse>,
    site: SiteId,
}

/// A database failed, or holds what no rule can read.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The business database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The warehouse.
    #[error("warehouse: {0}")]
    Warehouse(#[from] WarehouseError),
    /// The AI had no verdict on a note; asked again it may have one.
    #[error("AI on note {note_id}: {why}")]
    Ai {
        /// The note.
        note_id: i64,
        /// Why not.
        #[source]
        why: ai::note_score::NoVerdict,
    },
    /// This work was set up without one.
    #[error("this work has no warehouse")]
    NoWarehouse,
}

impl Work {
    /// Work at a site.
    pub fn new(door: SystemDoor, warehouse: Warehouse, site: SiteId) -> Self {
        Self { door, warehouse: Some(warehouse), site }
    }

    /// The work of a run.
    pub(crate) fn of(cx: &JobContext<'_>) -> Result<Self, JobError> {
        Ok(Self { warehouse: Some(cx.app.warehouse()?.clone()), ..Self::without_warehouse(cx)? })
    }

    /// The work of a run that needs the business database alone, and goes on while the warehouse is away.
    pub(crate) fn without_warehouse(cx: &JobContext<'_>) -> Result<Self, JobError> {
        let site = cx.run.site_id.ok_or_else(|| {
            JobError::Fail(anyhow::anyhow!(
                "{} works at one site, but this run has none: its scope must be site",
                cx.run.job_type
            ))
        })?;
        Ok(Self { door: cx.door(), warehouse: None, site })
    }

    /// The site.
    pub fn site(&self) -> SiteId {
        self.site
    }

    /// The site's clock and calendar now.
    pub async fn context(&self) -> Result<RuntimeContext, WorkError> {
        Ok(self.door.context(self.site).await?)
    }

    /// A transaction in the business database.
    pub async fn begin(&self) -> Result<SystemTx, WorkError> {
        Ok(self.door.begin(self.site).await?)
    }

    /// A read of the warehouse. It is read whole before a business transaction begins; one question may be asked beside a
    /// read of that transaction's own, which takes longer, and before anything is written.
    pub async fn warehouse(&self) -> Result<WarehouseTx, WorkError> {
        Ok(self.warehouse.as_ref().ok_or(WorkError::NoWarehouse)?.begin(self.site).await?)
    }
}
