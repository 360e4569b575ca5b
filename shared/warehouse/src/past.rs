//! What a look at a past date has to know first (`app.v_dwd_*`).
use chrono::NaiveDate;
use domain::RuntimeContext;

use crate::{WarehouseError, WarehouseTx};

/// What the warehouse knows of a past date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Business date of the first fact, void or not; `None`: there is none.
    pub first_date: Option<NaiveDate>,
    /// Whether rows of the context's date or before were written or voided after that date had ended: what was shown
    /// then may differ from what is known now.
    pub revised: bool,
}

/// Of the context's date.
pub async fn known(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Past, WarehouseError> {
    ask(tx, ctx, true).await
}

/// Whether what is known of the context's date has been revised, for those who know that data go back so far.
pub async fn revised(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<bool, WarehouseError> {
    Ok(ask(tx, ctx, false).await?.revised)
}

async fn ask(tx: &mut WarehouseTx, ctx: &RuntimeContext, first: bool) -> Result<Past, WarehouseError> {
    let row =
        sqlx::query_file!("queries/past.sql", ctx.end_of_today(), first).fetch_one(tx.connection()).await?;
    Ok(Past { first_date: row.first_fact.map(|at| ctx.calendar.business_date(at)), revised: row.revised })
}
