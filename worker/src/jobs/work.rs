//! What a site's work needs: the business database by the run's door, the warehouse, and which site.
use domain::{RuntimeContext, SiteId};
use store::{StoreError, SystemDoor, SystemTx};
use warehouse::{Warehouse, WarehouseError, WarehouseTx};

/// One site's work. The same functions serve a run (a fenced door) and the replay of past days (a door with a clock).
#[derive(Clone, Debug)]
pub struct Work {
    door: SystemDoor,
    warehouse: Warehouse,
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
}

impl Work {
    /// Work at a site.
    pub fn new(door: SystemDoor, warehouse: Warehouse, site: SiteId) -> Self {
        Self { door, warehouse, site }
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

    /// A read of the warehouse. Never held open beside a business transaction longer than needed: it is read whole
    /// before the other begins.
    pub async fn warehouse(&self) -> Result<WarehouseTx, WorkError> {
        Ok(self.warehouse.begin(self.site).await?)
    }
}
