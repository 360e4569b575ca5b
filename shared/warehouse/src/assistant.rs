//! Coaches (`app.v_dim_assistant`).
use domain::RuntimeContext;

use crate::{WarehouseError, WarehouseTx, transaction::moment};

/// A coach as of the context's moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assistant {
    /// Id at the hall.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
    /// Such as `senior`.
    pub level_code: Option<String>,
    /// Such as 高级.
    pub level_name: Option<String>,
    /// Has left by then.
    pub resigned: bool,
}

/// Every coach the hall ever had, by id.
pub async fn roster(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Vec<Assistant>, WarehouseError> {
    let coaches =
        sqlx::query_file_as!(Assistant, "queries/roster.sql", moment(ctx)).fetch_all(tx.connection()).await?;
    Ok(coaches)
}
