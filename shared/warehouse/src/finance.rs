//! The hall's money (`app.v_dws_finance_*`, `app.v_dws_platform_settlement`), walk-ins included. Sums of a period's days;
//! the days that no snapshot has yet are not in them, and [`Overview::stat_date`] says how far they reach.
use chrono::NaiveDate;
use domain::{Money, Period, RuntimeContext};
use rust_decimal::Decimal;

use crate::{WarehouseError, WarehouseTx, transaction::instants};

/// Sums of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// The newest day in it; `None`: no day, and all is zero.
    pub stat_date: Option<NaiveDate>,
    /// Σ `ledger_amount` of consumption.
    pub gross: Money,
    /// Discounts.
    pub discount: Money,
    /// Gross less discount.
    pub confirmed: Money,
    /// Cash, online, recharges, and group-buying once.
    pub cash_in: Money,
    /// Expenses.
    pub cash_out: Money,
    /// Paid for recharges.
    pub recharge_in: Money,
    /// Paid from cards.
    pub card_consumed: Money,
}

impl Overview {
    /// What is left of the cash.
    pub fn cash_balance(&self) -> Money {
        Money::new(self.cash_in.get() - self.cash_out.get())
    }

    /// Discount in per cent of gross, 0–100; `None` without gross.
    pub fn discount_rate(&self) -> Option<Decimal> {
        rate(self.discount, self.gross)
    }

    /// Cash balance in per cent of cash in, negative where more went out; `None` without cash in.
    pub fn balance_rate(&self) -> Option<Decimal> {
        rate(self.cash_balance(), self.cash_in)
    }
}

/// Per cent with two places; `None` where the whole is zero.
fn rate(part: Money, whole: Money) -> Option<Decimal> {
    part.get().checked_div(whole.get()).map(|rate| Money::new(rate * Decimal::ONE_HUNDRED).get())
}

/// A kind of card over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardKind {
    /// `stored`, `gift_table`, `gift_drink`, `gift_voucher`.
    pub card_kind: String,
    /// The newest day of the period, whose balance it is.
    pub stat_date: NaiveDate,
    /// Put on: paid (stored) or given.
    pub added: Money,
    /// Of that first recharges; zero for gifts.
    pub first: Money,
    /// Of that later ones; zero for gifts.
    pub renewed: Money,
    /// Taken off.
    pub consumed: Money,
    /// Of all cards at the end of `stat_date`; `None` where that day does not have the kind.
    pub balance: Option<Money>,
}

/// How income is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// By area of the hall.
    Area,
    /// By item: table, goods, base and bonus course.
    Item,
}

/// A part of the income.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Income {
    /// Area or item, as shown.
    pub category: String,
    /// Before discount.
    pub gross: Money,
    /// Its part of the discounts.
    pub discount: Money,
    /// Gross less discount.
    pub net: Money,
    /// The newest day in it.
    pub stat_date: NaiveDate,
}

/// Discounts of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// `groupbuy`, `member`, `gift_card`, `manual`, `other`.
    pub discount_type: String,
    /// Yuan.
    pub amount: Money,
    /// The newest day in it.
    pub stat_date: NaiveDate,
}

/// Cash from a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflow {
    /// `cash`, `online`, `recharge`, `groupbuy`.
    pub source: String,
    /// Whose statement it is; `None` for group-buying that is not settled yet, and for the other sources.
    pub platform: Option<String>,
    /// Yuan.
    pub amount: Money,
    /// The newest day of the summary.
    pub stat_date: NaiveDate,
}

/// An item of expense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expense {
    /// `operation`, `fixed`, `coach`, `platform`.
    pub group: String,
    /// As shown.
    pub item: String,
    /// Yuan; negative where a correction took more than was earned.
    pub amount: Money,
    /// The newest day in it.
    pub stat_date: NaiveDate,
}

/// Coaches of a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoachLevel {
    /// Such as `senior`.
    pub level_code: Option<String>,
    /// Such as 高级.
    pub level_name: Option<String>,
    /// Different coaches of that level on some day.
    pub coaches: i64,
    /// Hours of base course.
    pub base_hours: Decimal,
    /// Hours of bonus course.
    pub bonus_hours: Decimal,
    /// Coaches' income by base courses.
    pub base_income: Money,
    /// Coaches' income by bonus courses.
    pub bonus_income: Money,
    /// What guests were billed for them.
    pub billed: Money,
    /// The newest day in it.
    pub stat_date: NaiveDate,
}

/// No day after today, which in the past is the day looked at.
fn dates(ctx: &RuntimeContext, period: Period) -> (NaiveDate, NaiveDate) {
    (period.first(), period.last().min(ctx.today()))
}

/// The overview's sums; its rates are computed from them.
pub async fn overview(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Overview, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let overview = sqlx::query_file!("queries/finance/overview.sql", first, last)
        .map(|row| Overview {
            stat_date: row.stat_date,
            gross: Money::new(row.gross),
            discount: Money::new(row.discount),
            confirmed: Money::new(row.confirmed),
            cash_in: Money::new(row.cash_in),
            cash_out: Money::new(row.cash_out),
            recharge_in: Money::new(row.recharge_in),
            card_consumed: Money::new(row.card_consumed),
        })
        .fetch_one(tx.connection())
        .await?;
    Ok(overview)
}

/// Every kind of card that a day of the period has, by kind.
pub async fn cards(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Vec<CardKind>, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let kinds = sqlx::query_file!("queries/finance/recharges.sql", first, last)
        .map(|row| CardKind {
            card_kind: row.card_kind,
            stat_date: row.stat_date,
            added: Money::new(row.added),
            first: Money::new(row.first),
            renewed: Money::new(row.renewed),
            consumed: Money::new(row.consumed),
            balance: row.balance.map(Money::new),
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(kinds)
}

/// Income by area or item, largest first; `only` one category.
pub async fn income(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
    split: Split,
    only: Option<&str>,
) -> Result<Vec<Income>, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let dimension = match split {
        Split::Area => "area",
        Split::Item => "item",
    };
    let parts = sqlx::query_file!("queries/finance/structure.sql", first, last, dimension, only)
        .map(|row| Income {
            category: row.category,
            gross: Money::new(row.gross),
            discount: Money::new(row.discount),
            net: Money::new(row.net),
            stat_date: row.stat_date,
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(parts)
}

/// Areas that had income in the year up to today: what a filter may name.
pub async fn areas(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Vec<String>, WarehouseError> {
    Ok(sqlx::query_file_scalar!("queries/finance/areas.sql", ctx.today()).fetch_all(tx.connection()).await?)
}

/// Discounts by kind, largest first.
pub async fn discounts(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Vec<Discount>, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let kinds = sqlx::query_file!("queries/finance/discounts.sql", first, last)
        .map(|row| Discount {
            discount_type: row.discount_type,
            amount: Money::new(row.amount),
            stat_date: row.stat_date,
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(kinds)
}

/// Cash by source; adds up to [`Overview::cash_in`].
pub async fn inflow(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Vec<Inflow>, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let (from, until) = instants(ctx, period);
    let sources = sqlx::query_file!(
        "queries/finance/cash_in.sql",
        first,
        last,
        from,
        until,
        ctx.calendar.zone().name(),
        i32::from(ctx.calendar.cutoff_hour())
    )
    .map(|row| Inflow {
        source: row.source,
        platform: row.platform,
        amount: Money::new(row.amount),
        stat_date: row.stat_date,
    })
    .fetch_all(tx.connection())
    .await?;
    Ok(sources)
}

/// Expenses by group and item, largest of a group first; adds up to [`Overview::cash_out`].
pub async fn expenses(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Vec<Expense>, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let items = sqlx::query_file!("queries/finance/expenses.sql", first, last)
        .map(|row| Expense {
            group: row.expense_group,
            item: row.item,
            amount: Money::new(row.amount),
            stat_date: row.stat_date,
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(items)
}

/// Base and bonus courses by the coaches' level on each day.
pub async fn coach_levels(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    period: Period,
) -> Result<Vec<CoachLevel>, WarehouseError> {
    let (first, last) = dates(ctx, period);
    let levels = sqlx::query_file!("queries/finance/coaches.sql", first, last)
        .map(|row| CoachLevel {
            level_code: row.level_code,
            level_name: row.level_name,
            coaches: row.coaches,
            base_hours: row.base_hours,
            bonus_hours: row.bonus_hours,
            base_income: Money::new(row.base_income),
            bonus_income: Money::new(row.bonus_income),
            billed: Money::new(row.billed),
            stat_date: row.stat_date,
        })
        .fetch_all(tx.connection())
        .await?;
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_cent_and_null_without_a_whole() {
        let yuan = |text: &str| Money::new(text.parse().unwrap());
        let day = Overview {
            gross: yuan("300"),
            discount: yuan("100"),
            cash_in: yuan("200"),
            cash_out: yuan("250"),
            ..Overview::default()
        };
        assert_eq!(day.discount_rate().unwrap().to_string(), "33.33");
        assert_eq!(day.balance_rate().unwrap().to_string(), "-25.00");
        assert_eq!(Overview::default().discount_rate(), None);
        assert_eq!(Overview { cash_out: yuan("1"), ..Overview::default() }.balance_rate(), None);
    }
}
