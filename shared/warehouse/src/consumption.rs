//! Visits and spending of members (`app.v_dws_member_consumption_summary`).
use chrono::NaiveDate;
use domain::RuntimeContext;

use crate::{Snapshot, WarehouseError, WarehouseTx};

/// When a member was here last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastVisit {
    /// Member.
    pub member_id: i64,
    /// Business date; days since it run to today, not to the snapshot.
    pub last_consume_date: Option<NaiveDate>,
}

/// Of these members, those in the newest snapshot, by id.
pub async fn last_visits(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Snapshot<LastVisit>, WarehouseError> {
    let found =
        sqlx::query_file!("queries/last_visits.sql", ctx.today(), members).fetch_all(tx.connection()).await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(LastVisit { member_id: row.member_id?, last_consume_date: row.last_consume_date })
            })
            .collect(),
    })
}
