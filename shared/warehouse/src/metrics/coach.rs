//! Metrics 7–10 and 12, and what metric 19 compares: of a coach.
use chrono::NaiveDate;
use domain::{
    RuntimeContext,
    metrics::{Reading, Row},
};
use rust_decimal::Decimal;

use super::{ended, month};
use crate::{WarehouseError, WarehouseTx, coach_period, salary};

const DAY: &str = "v_dws_assistant_daily_detail";
const PAY: &str = "v_dws_assistant_daily_salary";

/// Metric 7.
pub async fn customers_served(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
) -> Result<Reading, WarehouseError> {
    let row = sqlx::query_file!("queries/metrics/customers_served.sql", ctx.today(), coach)
        .fetch_one(tx.connection())
        .await?;
    let customers = row.stat_date.map(|_| row.customers);
    Ok(Reading::of(row.stat_date).with_some("customersServed", customers))
}

/// Behind it: the first service of each member.
pub async fn customers_served_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let Some(stat_date) = reading.stat_date else { return Ok(Vec::new()) };
    let until = ended(ctx, stat_date);
    let firsts = sqlx::query_file!("queries/metrics/first_services.sql", coach, until, until)
        .fetch_all(tx.connection())
        .await?;
    Ok(firsts
        .into_iter()
        .filter_map(|row| {
            let date = ctx.calendar.business_date(row.create_time?);
            let member = row.tenant_member_id?;
            let found = Row::new("customersServed", "v_dwd_assistant_service_log", member, Some(date), 1i64);
            Some(Row { late: row.late, ..found }.saying(format!("会员 {member} 的第一次服务")))
        })
        .collect())
}

/// Metric 8.
pub async fn level(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
) -> Result<Reading, WarehouseError> {
    let row = sqlx::query_file!("queries/metrics/level.sql", ctx.today(), coach)
        .fetch_optional(tx.connection())
        .await?;
    let (stat_date, level) = row.map_or((None, None), |row| (row.stat_date, row.level));
    Ok(Reading::of(stat_date).with_some("coachLevel", level.as_deref()))
}

/// Behind it: the coach's version when that day ended.
pub async fn level_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
    reading: &Reading,
) -> Result<Vec<Row>, WarehouseError> {
    let (Some(stat_date), Some(_)) = (reading.stat_date, reading.value("coachLevel")) else {
        return Ok(Vec::new());
    };
    let version = sqlx::query_file!("queries/metrics/level_versions.sql", coach, ended(ctx, stat_date))
        .fetch_optional(tx.connection())
        .await?;
    Ok(version
        .and_then(|version| {
            let since = ctx.calendar.business_date(version.scd2_start_time?);
            let level = version.level_name?;
            let row = Row::new("coachLevel", "v_dim_assistant", coach, Some(since), level.as_str());
            Some(row.saying(format!("自 {since} 起")))
        })
        .into_iter()
        .collect())
}

/// Metric 9; nothing worked yet is no hours.
pub async fn month_hours(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
) -> Result<Reading, WarehouseError> {
    let worked = coach_period::worked(tx, ctx, month(ctx), Some(&[coach])).await?;
    let Some(worked) = worked.first() else { return Ok(Reading::default()) };
    Ok(Reading::of(Some(worked.stat_date))
        .with("hours", worked.base_hours + worked.bonus_hours)
        .with("baseHours", worked.base_hours)
        .with("bonusHours", worked.bonus_hours))
}

/// Metric 10.
pub async fn month_billed(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
) -> Result<Reading, WarehouseError> {
    let worked = coach_period::worked(tx, ctx, month(ctx), Some(&[coach])).await?;
    let Some(worked) = worked.first() else { return Ok(Reading::default()) };
    Ok(Reading::of(Some(worked.stat_date)).with("monthBilled", worked.billed.get()))
}

/// Behind metrics 9 and 10: the days of the month, of these figures.
pub async fn month_rows(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
    figures: &[&'static str],
) -> Result<Vec<Row>, WarehouseError> {
    let month = month(ctx);
    let days = sqlx::query_file!("queries/metrics/work_days.sql", month.first(), month.last(), coach)
        .fetch_all(tx.connection())
        .await?;
    let mut rows = Vec::new();
    for day in days {
        let (Some(date), base, bonus) = (day.stat_date, day.base_hours, day.bonus_hours) else { continue };
        let (base, bonus) = (base.unwrap_or_default(), bonus.unwrap_or_default());
        for (figure, part) in [
            ("hours", base + bonus),
            ("baseHours", base),
            ("bonusHours", bonus),
            ("monthBilled", day.total_ledger_amount.unwrap_or_default()),
        ] {
            if figures.contains(&figure) && !part.is_zero() {
                rows.push(Row::new(figure, DAY, date, Some(date), part));
            }
        }
    }
    Ok(rows)
}

/// Metric 12.
pub async fn month_panel(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coach: i64,
) -> Result<Reading, WarehouseError> {
    let Some(pay) = salary::month(tx, ctx, coach).await? else { return Ok(Reading::default()) };
    Ok(Reading::of(Some(pay.stat_date))
        .with("baseHours", pay.base_hours)
        .with("bonusHours", pay.bonus_hours)
        .with("effectiveHours", pay.effective_hours)
        .with("baseIncome", pay.base_income.get())
        .with("bonusIncome", pay.bonus_income.get())
        .with("rechargeCommission", pay.recharge_commission.get())
        .with("goodsCommission", pay.goods_commission.get())
        .with("sprintBonus", pay.sprint_bonus.get())
        .with("reward", pay.reward.get())
        .with("deduction", pay.deduction.get())
        .with("grossSalary", pay.gross_salary.get()))
}

/// Behind it: the items of the pay row; both sums are of other items than themselves.
pub fn month_panel_rows(reading: &Reading) -> Vec<Row> {
    const HOURS: [(&str, &str); 2] = [("baseHours", "基础课时"), ("bonusHours", "激励课时")];
    const ITEMS: [(&str, &str); 7] = [
        ("baseIncome", "基础课时费"),
        ("bonusIncome", "激励课时费"),
        ("rechargeCommission", "充值提成"),
        ("goodsCommission", "酒水提成"),
        ("sprintBonus", "冲刺奖金"),
        ("reward", "奖励"),
        ("deduction", "扣款"),
    ];
    let row = |figure, (item, label): (&'static str, &str), negative: bool| {
        let part = reading.number(item)?;
        let part = if negative { -part } else { part };
        Some(Row::new(figure, PAY, item, reading.stat_date, part).saying(label))
    };
    let alone = HOURS.iter().chain(&ITEMS).filter_map(|item| row(item.0, *item, false));
    let hours = HOURS.iter().filter_map(|item| row("effectiveHours", *item, false));
    let gross = ITEMS.iter().filter_map(|item| row("grossSalary", *item, item.0 == "deduction"));
    alone.chain(hours).chain(gross).collect()
}

/// What coaches are compared by this month, each with the coaches who have it: (coach, figure).
#[derive(Clone, Debug, Default)]
pub struct Standings {
    /// Hours of the month.
    pub hours: Vec<(i64, Decimal)>,
    /// Gross pay.
    pub income: Vec<(i64, Decimal)>,
    /// Mean RS of the newest snapshot.
    pub relations: Vec<(i64, Decimal)>,
    /// What the month's days run to.
    pub stat_date: Option<NaiveDate>,
}

/// For metric 19, of every coach.
pub async fn standings(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Standings, WarehouseError> {
    let today = ctx.today();
    let worked = coach_period::worked(tx, ctx, month(ctx), None).await?;
    let pays = salary::months(tx, ctx, None, (today, today)).await?;
    let relations =
        sqlx::query_file!("queries/metrics/mean_relations.sql", today).fetch_all(tx.connection()).await?;
    Ok(Standings {
        stat_date: worked.iter().map(|row| row.stat_date).max(),
        hours: worked.iter().map(|row| (row.assistant_id, row.base_hours + row.bonus_hours)).collect(),
        income: pays.iter().map(|row| (row.assistant_id, row.pay.gross_salary.get())).collect(),
        relations: relations
            .into_iter()
            .filter_map(|row| Some((row.assistant_id?, row.rs.round_dp(2))))
            .collect(),
    })
}
