//! Metrics 1–5, 13 and 14: of a member, and of a member with a coach.
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    RuntimeContext,
    customers::days_since_visit,
    metrics::{Reading, Row, Value, hours_weight, shares, visit_weight},
};
use rust_decimal::Decimal;

use super::{ended, ever, last_days};
use crate::{WarehouseError, WarehouseTx, card, consumption};

const SETTLEMENT: &str = "v_dwd_settlement";
const SERVICE: &str = "v_dwd_assistant_service_log";

/// A consumption behind a figure.
struct Settled {
    id: i64,
    is_table: bool,
    date: NaiveDate,
    amount: Decimal,
    void: bool,
    late: bool,
}

impl Settled {
    /// As a row that adds `part`, unless it is void.
    fn row(&self, figure: &'static str, part: impl Into<Value>) -> Row {
        let part = if self.void { Value::from(0i64) } else { part.into() };
        let row = Row::new(figure, SETTLEMENT, self.id, Some(self.date), part);
        let row = if self.void { row.saying("已作废") } else { row };
        Row { late: self.late, ..row }
    }
}

async fn settled(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
    (from, last): (DateTime<Utc>, NaiveDate),
) -> Result<Vec<Settled>, WarehouseError> {
    let until = ended(ctx, last);
    let rows = sqlx::query_file!("queries/metrics/settlements.sql", member, from, until, until)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Settled {
                id: row.order_settle_id?,
                is_table: row.is_table,
                date: ctx.calendar.business_date(row.create_time?),
                amount: row.ledger_amount?,
                void: row.void,
                late: row.late,
            })
        })
        .collect())
}

/// Metrics 1–4, all from the member's row of the newest consumption snapshot.
pub async fn consumption(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
) -> Result<Reading, WarehouseError> {
    let snapshot = consumption::summaries(tx, ctx, &[member]).await?;
    let reading = Reading::of(snapshot.stat_date);
    let Some(summary) = snapshot.rows.first() else { return Ok(reading) };
    let days = summary.last_consume_date.map(|last| days_since_visit(ctx.today(), last));
    Ok(reading
        .with_some("lastVisitDays", days)
        .with("consumption60d", summary.consumption_60d.get())
        .with("totalConsume", summary.total_consumption.get())
        .with("tableOpenings", summary.table_openings))
}

/// Behind metric 1: the last consumption, and what was voided or learned of later than that.
pub async fn last_visit_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let Some(last) = reading.stat_date else { return Ok(Vec::new()) };
    let settled = settled(tx, ctx, member, (ever(ctx), last)).await?;
    let newest = settled.iter().position(|row| !row.void).map_or(settled.len(), |at| at + 1);
    let days = |row: &Settled| days_since_visit(ctx.today(), row.date);
    Ok(settled[..newest].iter().map(|row| row.row("lastVisitDays", days(row))).collect())
}

/// Behind metrics 2 and 3: consumptions of the last so many days of the snapshot, or all.
pub async fn spending_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
    reading: &Reading,
    (figure, days): (&'static str, Option<u32>),
) -> Result<Vec<Row>, WarehouseError> {
    let Some(last) = reading.stat_date else { return Ok(Vec::new()) };
    let from = days.map_or(ever(ctx), |days| ctx.calendar.start_of(last_days(last, days).0));
    let settled = settled(tx, ctx, member, (from, last)).await?;
    Ok(settled.iter().map(|row| row.row(figure, row.amount)).collect())
}

/// Behind metric 4: tables opened.
pub async fn table_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let Some(last) = reading.stat_date else { return Ok(Vec::new()) };
    let settled = settled(tx, ctx, member, (ever(ctx), last)).await?;
    Ok(settled.iter().filter(|row| row.is_table).map(|row| row.row("tableOpenings", 1i64)).collect())
}

/// Metric 5.
pub async fn balance(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
) -> Result<Reading, WarehouseError> {
    let balances = card::stored_balances(tx, ctx, &[member]).await?;
    Ok(Reading::default().with_some("storedBalance", balances.first().map(|row| row.balance.get())))
}

/// Behind it: the versions of the cards.
pub async fn balance_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
) -> Result<Vec<Row>, WarehouseError> {
    let cards = sqlx::query_file!("queries/metrics/cards.sql", member, ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    Ok(cards
        .into_iter()
        .filter_map(|card| {
            let since = card.scd2_start_time?;
            let date = Some(ctx.calendar.business_date(since));
            let source = "v_dim_member_card_account";
            let row = Row::new("storedBalance", source, card.card_account_id?, date, card.balance?);
            Some(match card.card_type_name {
                Some(name) => row.saying(name),
                None => row,
            })
        })
        .collect())
}

/// Metric 13: of today's snapshot, recomputed where there is none.
pub async fn relation(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (coach, member): (i64, i64),
) -> Result<Reading, WarehouseError> {
    let today = ctx.today();
    let kept = sqlx::query_file!("queries/metrics/relation.sql", today, coach, member)
        .fetch_one(tx.connection())
        .await?;
    if !kept.there {
        return recomputed_relation(tx, ctx, (coach, member)).await;
    }
    let reading = Reading::of(Some(today));
    Ok(reading.with_some("rs", kept.rs).with_some("relationIndex", kept.relation_index))
}

/// Metric 13 from the facts, by the definition of the roll-up.
pub async fn recomputed_relation(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (coach, member): (i64, i64),
) -> Result<Reading, WarehouseError> {
    let today = ctx.today();
    let pairs = sqlx::query_file!("queries/definitions/relation_index.sql", today, today)
        .fetch_all(tx.connection())
        .await?;
    let pair = pairs.into_iter().find(|p| p.assistant_id == Some(coach) && p.member_id == Some(member));
    let (rs, relation) = pair.map_or((None, None), |pair| (pair.rs_score, pair.relation_index));
    Ok(Reading::of(Some(today)).with_some("rs", rs).with_some("relationIndex", relation))
}

/// Behind metric 13: the services of the last 60 days; each has its weight's share of what the facts say.
pub async fn relation_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    (coach, member): (i64, i64),
) -> Result<Vec<Row>, WarehouseError> {
    let today = ctx.today();
    let facts = recomputed_relation(tx, ctx, (coach, member)).await?;
    let span = ctx.calendar.range(last_days(today, 60).0, today);
    let services =
        sqlx::query_file!("queries/metrics/services.sql", coach, member, span.start, span.end, span.end)
            .fetch_all(tx.connection())
            .await?;
    let mut rows = Vec::new();
    for (figure, whole) in facts.values {
        let weights: Vec<(i64, NaiveDate, f64, bool, bool)> = services
            .iter()
            .filter_map(|s| {
                let date = ctx.calendar.business_date(s.create_time?);
                let age = (today - date).num_days();
                let weight = hours_weight(age, s.income_seconds?.into(), s.is_bonus);
                Some((s.assistant_service_id?, date, if s.void { 0.0 } else { weight }, s.void, s.late))
            })
            .collect();
        rows.extend(split(figure, SERVICE, &whole, weights));
    }
    Ok(rows)
}

/// Shares of an index; a void row has none.
fn split<K: ToString>(
    figure: &'static str,
    source: &'static str,
    whole: &Value,
    weights: Vec<(K, NaiveDate, f64, bool, bool)>,
) -> Vec<Row> {
    // What rounding leaves over belongs to a row that counts.
    let (counted, void): (Vec<_>, Vec<_>) = weights.into_iter().partition(|(_, _, weight, ..)| *weight > 0.0);
    let whole = whole.number().unwrap_or_default();
    let parts = shares(whole, &counted.iter().map(|(_, _, weight, ..)| *weight).collect::<Vec<_>>());
    let counted = counted.into_iter().zip(parts);
    let all = counted.chain(void.into_iter().map(|row| (row, Decimal::ZERO)));
    all.map(|((key, date, weight, void, late), part)| {
        let words = if void { "已作废".to_owned() } else { format!("权重 {weight:.4}") };
        Row { late, ..Row::new(figure, source, key, Some(date), part).saying(words) }
    })
    .collect()
}

/// Metric 14: of today's snapshot, recomputed where there is none.
pub async fn stickiness(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
) -> Result<Reading, WarehouseError> {
    let today = ctx.today();
    let kept =
        sqlx::query_file!("queries/metrics/stickiness.sql", today, member).fetch_one(tx.connection()).await?;
    if !kept.there {
        return recomputed_stickiness(tx, ctx, member).await;
    }
    Ok(Reading::of(Some(today)).with_some("stickiness", kept.score))
}

/// Metric 14 from the facts, by the definition of the roll-up.
pub async fn recomputed_stickiness(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
) -> Result<Reading, WarehouseError> {
    let today = ctx.today();
    let members = sqlx::query_file!("queries/definitions/stickiness_index.sql", today, today)
        .fetch_all(tx.connection())
        .await?;
    let score = members.into_iter().find(|row| row.member_id == Some(member));
    Ok(Reading::of(Some(today)).with_some("stickiness", score.and_then(|row| row.stickiness_score)))
}

/// Behind metric 14: the visits of 180 days; each has its weight's share of what the facts say.
pub async fn stickiness_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member: i64,
) -> Result<Vec<Row>, WarehouseError> {
    let today = ctx.today();
    let facts = recomputed_stickiness(tx, ctx, member).await?;
    let Some(whole) = facts.value("stickiness") else { return Ok(Vec::new()) };
    let from = ctx.calendar.start_of(last_days(today, 180).0);
    // A visit is a date; it is void when nothing valid is left of it.
    let mut days: BTreeMap<NaiveDate, (bool, bool)> = BTreeMap::new();
    for row in settled(tx, ctx, member, (from, today)).await? {
        let day = days.entry(row.date).or_insert((true, false));
        *day = (day.0 && row.void, day.1 || row.late);
    }
    let weights = days.into_iter().map(|(date, (void, late))| {
        let weight = if void { 0.0 } else { visit_weight((today - date).num_days()) };
        (date, date, weight, void, late)
    });
    Ok(split("stickiness", SETTLEMENT, whole, weights.collect()))
}
