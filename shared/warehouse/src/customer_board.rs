//! The customer board: members ranked by one figure, figure descending, then id.
use chrono::NaiveDate;
use domain::{Calendar, Index, Money, RuntimeContext};

use crate::{Slice, WarehouseError, WarehouseTx};

/// What members are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Win-back index.
    Recall,
    /// Spending power index.
    Potential,
    /// Stored balance (DQ-7); those who have some.
    Balance,
    /// Paid for recharges in the last 60 days; those who have.
    Recharge,
    /// Date of the last visit.
    Recent,
    /// Spending of 60 days; those with some.
    Spend60,
    /// Visits of 60 days; those with some.
    Freq60,
    /// Closest relation, over all coaches.
    Loyal,
}

impl Dimension {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Recall,
        Self::Potential,
        Self::Balance,
        Self::Recharge,
        Self::Recent,
        Self::Spend60,
        Self::Freq60,
        Self::Loyal,
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Potential => "potential",
            Self::Balance => "balance",
            Self::Recharge => "recharge",
            Self::Recent => "recent",
            Self::Spend60 => "spend60",
            Self::Freq60 => "freq60",
            Self::Loyal => "loyal",
        }
    }
}

/// Not a dimension.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("dimension is one of recall, potential, balance, recharge, recent, spend60, freq60, loyal")]
pub struct UnknownDimension;

impl std::str::FromStr for Dimension {
    type Err = UnknownDimension;

    fn from_str(word: &str) -> Result<Self, UnknownDimension> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == word).ok_or(UnknownDimension)
    }
}

/// A member's figure in a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// [`Dimension::Recall`], [`Dimension::Potential`], [`Dimension::Loyal`].
    Index(Index),
    /// [`Dimension::Balance`], [`Dimension::Recharge`], [`Dimension::Spend60`].
    Money(Money),
    /// [`Dimension::Freq60`].
    Visits(i64),
    /// [`Dimension::Recent`].
    Date(NaiveDate),
}

/// A member's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Member.
    pub member_id: i64,
    /// By which they rank.
    pub figure: Figure,
}

/// A page of a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// Of the snapshot; `None` for balances and recharges, which are as of now, and where there is no snapshot.
    pub stat_date: Option<NaiveDate>,
    /// Members on all pages.
    pub total: i64,
    /// The page.
    pub rows: Vec<Ranked>,
}

macro_rules! ranking {
    ($tx:ident, $file:literal, [$($argument:expr),*], $stat_date:expr, $figure:expr) => {{
        let rows = sqlx::query_file!($file, $($argument),*).fetch_all($tx.connection()).await?;
        Ranking {
            stat_date: rows.first().and_then($stat_date),
            total: rows.first().map_or(0, |row| row.total),
            rows: rows
                .into_iter()
                .filter_map(|row| Some(Ranked { member_id: row.member_id?, figure: $figure(row.figure?)? }))
                .collect(),
        }
    }};
}

/// One page, in one statement. Members' names, balances and coaches are read for the page's members together
/// ([`crate::member::names`], [`crate::card::stored_balances`], [`crate::relation::coaches_of`]).
pub async fn page(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    dimension: Dimension,
    Slice { limit, offset }: Slice,
) -> Result<Ranking, WarehouseError> {
    let today = ctx.today();
    let index = |value| Index::new(value).ok().map(Figure::Index);
    let money = |value| Some(Figure::Money(Money::new(value)));
    let ranking = match dimension {
        Dimension::Recall => {
            ranking!(tx, "queries/board/recall.sql", [today, limit, offset], |row| row.stat_date, index)
        }
        Dimension::Potential => {
            ranking!(tx, "queries/board/potential.sql", [today, limit, offset], |row| row.stat_date, index)
        }
        Dimension::Loyal => {
            ranking!(tx, "queries/board/loyal.sql", [today, limit, offset], |row| row.stat_date, index)
        }
        Dimension::Spend60 => {
            ranking!(tx, "queries/board/spend60.sql", [today, limit, offset], |row| row.stat_date, money)
        }
        Dimension::Freq60 => {
            let visits = |value| Some(Figure::Visits(value));
            ranking!(tx, "queries/board/freq60.sql", [today, limit, offset], |row| row.stat_date, visits)
        }
        Dimension::Recent => {
            let date = |value| Some(Figure::Date(value));
            ranking!(tx, "queries/board/recent.sql", [today, limit, offset], |row| row.stat_date, date)
        }
        Dimension::Balance => {
            ranking!(tx, "queries/board/balance.sql", [ctx.moment(), limit, offset], |_| None, money)
        }
        Dimension::Recharge => {
            let (first, last) = Calendar::last_days(today, 60);
            let span = ctx.calendar.range(first, last);
            ranking!(tx, "queries/board/recharge.sql", [span.start, span.end, limit, offset], |_| None, money)
        }
    };
    Ok(ranking)
}
