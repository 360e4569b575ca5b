//! Cards (`app.v_dim_member_card_account`), the only source of balances.
use domain::{Money, RuntimeContext};

use crate::{Snapshot, WarehouseError, WarehouseTx};

/// What a member has on stored-value cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredBalance {
    /// Member.
    pub member_id: i64,
    /// Sum over the member's cards of kind `stored`.
    pub balance: Money,
}

/// Of these members, those that have a stored-value card, by id.
pub async fn stored_balances(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Vec<StoredBalance>, WarehouseError> {
    let balances = sqlx::query_file!("queries/stored_balances.sql", members, ctx.moment())
        .map(|row| StoredBalance { member_id: row.member_id, balance: Money::new(row.balance) })
        .fetch_all(tx.connection())
        .await?;
    Ok(balances)
}

/// What the members paired with a coach have on stored-value cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoachBalance {
    /// Coach.
    pub assistant_id: i64,
    /// Sum over the members of the newest relation snapshot.
    pub balance: Money,
}

/// Of these coaches, those with a paired member who has a stored-value card, by id; the snapshot is the pairs'.
pub async fn of_coaches(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coaches: &[i64],
) -> Result<Snapshot<CoachBalance>, WarehouseError> {
    let found = sqlx::query_file!("queries/balances_of_coaches.sql", ctx.today(), coaches, ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(CoachBalance { assistant_id: row.assistant_id?, balance: Money::new(row.balance?) })
            })
            .collect(),
    })
}
