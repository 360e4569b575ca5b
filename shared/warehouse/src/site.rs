//! The hall itself (`app.v_dim_site`).
use crate::{WarehouseError, WarehouseTx};

/// What the warehouse books by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// IANA zone.
    pub timezone: Option<String>,
    /// Local hour at which a business day ends.
    pub cutoff_hour: Option<i32>,
}

/// Zone and cut-off hour of the hall; `None`: the view has no such hall.
pub async fn declared(tx: &mut WarehouseTx) -> Result<Option<Declared>, WarehouseError> {
    Ok(sqlx::query_file_as!(Declared, "queries/site_calendar.sql").fetch_optional(tx.connection()).await?)
}
