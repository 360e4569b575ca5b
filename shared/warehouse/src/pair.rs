//! A coach and a member: what they did together, and who the member is.
use chrono::{DateTime, Utc};
use domain::{Money, RuntimeContext};
use rust_decimal::Decimal;

use crate::{Snapshot, WarehouseError, WarehouseTx};

/// A valid service of a coach for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairService {
    /// `assistant_service_id`.
    pub id: i64,
    /// When it was booked.
    pub create_time: DateTime<Utc>,
    /// When it began.
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    pub end_time: Option<DateTime<Utc>>,
    /// Table.
    pub table_id: Option<i64>,
    /// base or bonus.
    pub course_kind: String,
    /// Such as 中式八球.
    pub skill_name: Option<String>,
    /// Hours that count.
    pub hours: Decimal,
    /// What the coach's time cost: base and bonus money.
    pub income: Money,
}

/// The pair's newest services up to the context's moment, newest first.
pub async fn services(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (assistant_id, member_id): (i64, i64),
    limit: i64,
) -> Result<Vec<PairService>, WarehouseError> {
    let rows =
        sqlx::query_file!("queries/pair_services.sql", assistant_id, member_id, ctx.end_of_today(), limit)
            .fetch_all(tx.connection())
            .await?;
    Ok(rows
        .into_iter()
        .map(|row| PairService {
            id: row.id,
            create_time: row.create_time,
            start_time: row.start_time,
            end_time: row.end_time,
            table_id: row.table_id,
            course_kind: row.course_kind,
            skill_name: row.skill_name,
            hours: row.hours,
            income: Money::new(row.income),
        })
        .collect())
}

/// What a coach should know of a member before calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberBrief {
    /// Such as 金卡.
    pub grade_name: Option<String>,
    /// When they became a member.
    pub register_time: Option<DateTime<Utc>>,
    /// Visits in the snapshot's last 60 days; `None` without a row there.
    pub visit_count_60d: Option<i64>,
    /// Spent in those days.
    pub consumption_60d: Option<Money>,
}

/// The member as of the context's moment; no row: nobody of the hall.
pub async fn brief(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member_id: i64,
) -> Result<Snapshot<MemberBrief>, WarehouseError> {
    let row = sqlx::query_file!("queries/member_brief.sql", ctx.today(), ctx.moment(), member_id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(Snapshot {
        stat_date: row.as_ref().and_then(|row| row.stat_date),
        rows: row
            .into_iter()
            .map(|row| MemberBrief {
                grade_name: row.grade_name,
                register_time: row.register_time,
                visit_count_60d: row.visit_count_60d,
                consumption_60d: row.consumption_60d.map(Money::new),
            })
            .collect(),
    })
}
