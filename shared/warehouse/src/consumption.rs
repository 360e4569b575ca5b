//! Visits and spending of members (`app.v_dws_member_consumption_summary`).
use chrono::NaiveDate;
use domain::{Money, RuntimeContext};
use rust_decimal::Decimal;

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

/// Visits and spending of a member. A visit is a business date with consumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Member.
    pub member_id: i64,
    /// First visit.
    pub first_consume_date: Option<NaiveDate>,
    /// Last visit.
    pub last_consume_date: Option<NaiveDate>,
    /// Visits, ever.
    pub total_visits: i64,
    /// Tables opened (`settle_type` 1), ever.
    pub table_openings: i64,
    /// `ledger_amount`, ever.
    pub total_consumption: Money,
    /// Visits of the 60 days that end with the snapshot.
    pub visits_60d: i64,
    /// Spending of those.
    pub consumption_60d: Money,
}

impl Summary {
    /// Spending per visit of the 60 days; `None` without a visit.
    pub fn average_60d(&self) -> Option<Money> {
        self.consumption_60d.get().checked_div(Decimal::from(self.visits_60d)).map(Money::new)
    }
}

/// Of these members, those in the newest snapshot, by id.
pub async fn summaries(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Snapshot<Summary>, WarehouseError> {
    let found = sqlx::query_file!("queries/consumption_summaries.sql", ctx.today(), members)
        .fetch_all(tx.connection())
        .await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(Summary {
                    member_id: row.member_id?,
                    first_consume_date: row.first_consume_date,
                    last_consume_date: row.last_consume_date,
                    total_visits: row.total_visit_count?,
                    table_openings: row.total_open_table_count?,
                    total_consumption: Money::new(row.total_consume_amount?),
                    visits_60d: row.visit_count_60d?,
                    consumption_60d: Money::new(row.consume_amount_60d?),
                })
            })
            .collect(),
    })
}
