//! The parts of the finance board.
use chrono::NaiveDate;
use domain::{Money, labels};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::finance::{self, CardKind, CoachLevel, Discount, Expense, Income, Inflow};

use super::figure::{Both, Figure};

/// Eight figures of the hall.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceOverview {
    /// Σ ledger amount of consumption, yuan.
    gross: Figure,
    /// Discounts, yuan.
    discount: Figure,
    /// Discount in per cent of gross; null without gross.
    discount_rate: Figure,
    /// Gross less discount, yuan.
    confirmed_income: Figure,
    /// Cash, online, recharges, and group-buying once, yuan.
    cash_in: Figure,
    /// Expenses, yuan.
    cash_out: Figure,
    /// Cash in less cash out, yuan.
    cash_balance: Figure,
    /// Cash balance in per cent of cash in; null without cash in.
    balance_rate: Figure,
}

impl From<Both<finance::Overview>> for FinanceOverview {
    fn from(both: Both<finance::Overview>) -> Self {
        Self {
            gross: both.money(|o| o.gross),
            discount: both.money(|o| o.discount),
            discount_rate: both.figure(finance::Overview::discount_rate),
            confirmed_income: both.money(|o| o.confirmed),
            cash_in: both.money(|o| o.cash_in),
            cash_out: both.money(|o| o.cash_out),
            cash_balance: both.money(finance::Overview::cash_balance),
            balance_rate: both.figure(finance::Overview::balance_rate),
        }
    }
}

/// What members paid and were given in advance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceRecharge {
    /// The day whose balances these are; null where the period has no day yet.
    stat_date: Option<NaiveDate>,
    /// Stored-value cards.
    stored: StoredCards,
    /// gift_table, gift_drink, gift_voucher.
    gifts: Vec<GiftCards>,
}

/// Stored-value cards, yuan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredCards {
    /// Paid onto cards: first and later recharges.
    new: Figure,
    /// First recharges of members.
    first: Figure,
    /// Later ones.
    renew: Figure,
    /// Paid from cards.
    consumed: Figure,
    /// Of all cards at the end of the period's newest day; null where it has none.
    balance: Figure,
}

/// Gift cards of a kind, yuan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GiftCards {
    /// gift_table, gift_drink, gift_voucher.
    card_kind: &'static str,
    /// The kind, in words.
    label: &'static str,
    /// Given.
    new: Figure,
    /// Used.
    consumed: Figure,
    /// Of all cards at the end of the period's newest day; null where it has none.
    balance: Figure,
}

impl From<Both<Vec<CardKind>>> for FinanceRecharge {
    fn from(both: Both<Vec<CardKind>>) -> Self {
        let of = |kind: &str| both.map(|kinds| kinds.iter().find(|k| k.card_kind == kind).cloned());
        let sum = |kind: &Both<Option<CardKind>>, of: fn(&CardKind) -> Money| {
            kind.money(|k| k.as_ref().map_or_else(Money::default, of))
        };
        let balance = |kind: &Both<Option<CardKind>>| kind.figure(|k| k.as_ref()?.balance.map(Money::get));
        let stored = of("stored");
        Self {
            stat_date: both.now.iter().map(|kind| kind.stat_date).max(),
            stored: StoredCards {
                new: sum(&stored, |k| k.added),
                first: sum(&stored, |k| k.first),
                renew: sum(&stored, |k| k.renewed),
                consumed: sum(&stored, |k| k.consumed),
                balance: balance(&stored),
            },
            gifts: ["gift_table", "gift_drink", "gift_voucher"]
                .map(|card_kind| {
                    let kind = of(card_kind);
                    GiftCards {
                        card_kind,
                        label: labels::card_kind(card_kind),
                        new: sum(&kind, |k| k.added),
                        consumed: sum(&kind, |k| k.consumed),
                        balance: balance(&kind),
                    }
                })
                .into(),
        }
    }
}

/// Where income came from: either list adds up to gross and discount.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceRevenue {
    /// By area of the hall; of one area where `area` names it.
    areas: Vec<RevenuePart>,
    /// By item: table, goods, courses.
    items: Vec<RevenuePart>,
}

/// A part of the income, yuan.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevenuePart {
    /// Area or item.
    name: String,
    /// Before discount.
    gross: Figure,
    /// Its part of the discounts.
    discount: Figure,
    /// Gross less discount.
    net: Figure,
}

impl FinanceRevenue {
    pub(super) fn new(areas: &Both<Vec<Income>>, items: &Both<Vec<Income>>) -> Self {
        let parts = |both: &Both<Vec<Income>>| {
            let part = |(row, both): (&Income, Both<Option<&Income>>)| RevenuePart {
                name: row.category.clone(),
                gross: both.amount(|i| i.gross),
                discount: both.amount(|i| i.discount),
                net: both.amount(|i| i.net),
            };
            both.rows(|row| row.category.clone()).into_iter().map(part).collect()
        };
        Self { areas: parts(areas), items: parts(items) }
    }
}

/// Discounts of a kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceDiscount {
    /// groupbuy, member, gift_card, manual, other.
    discount_type: String,
    /// The kind, in words.
    label: String,
    /// Yuan.
    amount: Figure,
}

impl FinanceDiscount {
    pub(super) fn list(both: &Both<Vec<Discount>>) -> Vec<Self> {
        let kind = |(row, both): (&Discount, Both<Option<&Discount>>)| Self {
            discount_type: row.discount_type.clone(),
            label: labels::discount_type(&row.discount_type).to_owned(),
            amount: both.amount(|d| d.amount),
        };
        both.rows(|row| row.discount_type.clone()).into_iter().map(kind).collect()
    }
}

/// Cash from a source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceInflow {
    /// cash, online, recharge, groupbuy.
    source: String,
    /// The source, in words.
    label: String,
    /// Whose settlement it is; null for group-buying not settled yet, and for the other sources.
    platform: Option<String>,
    /// Yuan.
    amount: Figure,
}

impl FinanceInflow {
    pub(super) fn list(both: &Both<Vec<Inflow>>) -> Vec<Self> {
        let source = |(row, both): (&Inflow, Both<Option<&Inflow>>)| Self {
            source: row.source.clone(),
            label: labels::inflow_source(&row.source).to_owned(),
            platform: row.platform.clone(),
            amount: both.amount(|i| i.amount),
        };
        both.rows(|row| (row.source.clone(), row.platform.clone())).into_iter().map(source).collect()
    }
}

/// Expenses of a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceOutflow {
    /// operation, fixed, coach, platform.
    group: &'static str,
    /// The group, in words.
    label: &'static str,
    /// Yuan.
    amount: Figure,
    /// What it is made of, largest first.
    items: Vec<OutflowItem>,
}

/// An item of expense.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutflowItem {
    /// As it is called.
    name: String,
    /// Yuan.
    amount: Figure,
}

impl FinanceOutflow {
    /// The four groups, in their order.
    pub(super) fn list(both: &Both<Vec<Expense>>) -> Vec<Self> {
        let group = |group: &'static str| {
            let of_group = both.map(|rows| rows.iter().filter(|e| e.group == group).cloned().collect());
            let item = |(row, both): (&Expense, Both<Option<&Expense>>)| OutflowItem {
                name: row.item.clone(),
                amount: both.amount(|e| e.amount),
            };
            let sum = |rows: &Vec<Expense>| Some(rows.iter().map(|e| e.amount.get()).sum());
            Self {
                group,
                label: labels::expense_group(group),
                amount: of_group.figure(sum),
                items: of_group.rows(|row| row.item.clone()).into_iter().map(item).collect(),
            }
        };
        ["operation", "fixed", "coach", "platform"].map(group).into()
    }
}

/// What coaches worked and earned, by kind of course.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FinanceCoaches {
    /// Base courses.
    base: CourseAnalysis,
    /// Bonus courses.
    bonus: CourseAnalysis,
    /// What guests were billed for both, yuan.
    billed: Figure,
}

/// One kind of course.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CourseAnalysis {
    /// Hours.
    hours: Figure,
    /// Coaches' income, yuan.
    income: Figure,
    /// Income per hour, yuan; null without an hour.
    hourly: Figure,
    /// The same by the coaches' level on each day.
    levels: Vec<CourseOfLevel>,
}

/// Coaches of a level.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CourseOfLevel {
    /// Such as senior.
    level_code: Option<String>,
    /// Such as 高级.
    level: Option<String>,
    /// Colour token of the level.
    level_color: &'static str,
    /// Coaches who worked at that level in the period.
    coaches: i64,
    /// Hours.
    hours: Figure,
    /// Coaches' income, yuan.
    income: Figure,
    /// Income per hour, yuan; null without an hour.
    hourly: Figure,
}

/// Hours and income of one kind of course.
type Course = fn(&CoachLevel) -> (Decimal, Money);

impl From<Both<Vec<CoachLevel>>> for FinanceCoaches {
    fn from(both: Both<Vec<CoachLevel>>) -> Self {
        Self {
            base: CourseAnalysis::new(&both, |level| (level.base_hours, level.base_income)),
            bonus: CourseAnalysis::new(&both, |level| (level.bonus_hours, level.bonus_income)),
            billed: both.figure(|levels| Some(levels.iter().map(|level| level.billed.get()).sum())),
        }
    }
}

impl CourseAnalysis {
    fn new(both: &Both<Vec<CoachLevel>>, course: Course) -> Self {
        let sums = both.map(|levels| {
            levels.iter().map(course).fold((Decimal::ZERO, Decimal::ZERO), |sum, (hours, income)| {
                (sum.0 + hours, sum.1 + income.get())
            })
        });
        let level = |(row, both): (&CoachLevel, Both<Option<&CoachLevel>>)| {
            let sums = both.map(|level| {
                level.map_or((Decimal::ZERO, Decimal::ZERO), |level| {
                    let (hours, income) = course(level);
                    (hours, income.get())
                })
            });
            CourseOfLevel {
                level_code: row.level_code.clone(),
                level: row.level_name.clone(),
                level_color: labels::level_color(row.level_code.as_deref()),
                coaches: both.now.map_or(0, |level| level.coaches),
                hours: sums.figure(|(hours, _)| Some(*hours)),
                income: sums.figure(|(_, income)| Some(*income)),
                hourly: sums.figure(hourly),
            }
        };
        Self {
            hours: sums.figure(|(hours, _)| Some(*hours)),
            income: sums.figure(|(_, income)| Some(*income)),
            hourly: sums.figure(hourly),
            levels: both.rows(|row| row.level_code.clone()).into_iter().map(level).collect(),
        }
    }
}

fn hourly((hours, income): &(Decimal, Decimal)) -> Option<Decimal> {
    income.checked_div(*hours)
}
