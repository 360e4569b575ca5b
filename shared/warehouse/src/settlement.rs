//! Settlements of members (`app.v_dwd_settlement`), with the coaches' services in them.
use chrono::{DateTime, Utc};
use domain::{Money, RuntimeContext};
use rust_decimal::Decimal;

use crate::{WarehouseError, WarehouseTx};

/// A consumption: a table (settle type 1) or a shop order (3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumption {
    /// `order_settle_id`.
    pub id: i64,
    /// When it was settled.
    pub create_time: DateTime<Utc>,
    /// `site_table_id`.
    pub table_id: Option<i64>,
    /// `table_charge_money`.
    pub table_fee: Money,
    /// `goods_money`.
    pub food_amount: Money,
    /// The coaches' valid services in it, by id.
    pub coaches: Vec<CoachService>,
    /// `ledger_amount` (items_sum): table, goods and the coaches' fees.
    pub total_amount: Money,
}

/// A coach's part of a settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachService {
    /// Coach.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
    /// `base` or `bonus`.
    pub course_kind: String,
    /// Paid hours, two places.
    pub hours: Decimal,
    /// `assistant_pd_money` of a base course, `assistant_cx_money` of a bonus course.
    pub fee: Money,
}

/// A member's newest consumptions, newest first, in two statements.
pub async fn newest(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member_id: i64,
    limit: i64,
) -> Result<Vec<Consumption>, WarehouseError> {
    let mut settled: Vec<Consumption> =
        sqlx::query_file!("queries/member_settlements.sql", member_id, ctx.end_of_today(), limit)
            .map(|row| Consumption {
                id: row.id,
                create_time: row.create_time,
                table_id: row.table_id,
                table_fee: Money::new(row.table_fee),
                food_amount: Money::new(row.food_amount),
                coaches: Vec::new(),
                total_amount: Money::new(row.total_amount),
            })
            .fetch_all(tx.connection())
            .await?;
    if settled.is_empty() {
        return Ok(settled);
    }
    let ids: Vec<i64> = settled.iter().map(|consumption| consumption.id).collect();
    let services = sqlx::query_file!("queries/settlement_services.sql", &ids, ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    for row in services {
        if let Some(consumption) = settled.iter_mut().find(|consumption| consumption.id == row.settle_id) {
            consumption.coaches.push(CoachService {
                assistant_id: row.assistant_id,
                name: row.name,
                course_kind: row.course_kind,
                hours: row.hours,
                fee: Money::new(row.fee),
            });
        }
    }
    Ok(settled)
}
