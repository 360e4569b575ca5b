//! The generator's input: RS, WBI and NCI of every pair of a hall, of one date.
use chrono::NaiveDate;
use domain::{
    Index, RuntimeContext,
    tasks::{
        Indices,
        generator::{BadIndex, Pair},
    },
};

use crate::{WarehouseError, WarehouseTx};

/// What the warehouse says of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// No row, or no value in it.
    Missing,
    /// A value in [0, 10].
    Value(Index),
    /// NaN, or outside [0, 10].
    Bad,
}

/// A coach and a member of the newest relation snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MorningPair {
    /// Coach.
    pub assistant_id: i64,
    /// Member; never a walk-in.
    pub member_id: i64,
    /// Relationship strength (`rs_score`).
    pub rs: Reading,
    /// Win-back (`wbi_score`), of the member.
    pub wbi: Reading,
    /// New-customer conversion (`nci_score`), of the member.
    pub nci: Reading,
}

/// One hall's morning. `relation_date` is S; the two other dates are S where those views have it, else their newest,
/// which is then a reason not to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Morning {
    /// Newest date of the relation index up to today; `None`: it has none.
    pub relation_date: Option<NaiveDate>,
    /// S, else the newest date of the win-back index.
    pub winback_date: Option<NaiveDate>,
    /// S, else the newest date of the new-customer index.
    pub newconv_date: Option<NaiveDate>,
    /// The pairs of S by (coach, member); one that the view lists twice stands here once.
    pub pairs: Vec<MorningPair>,
}

impl MorningPair {
    /// As the generator's rules take it.
    pub fn pair(&self) -> Pair {
        let [wbi, nci, rs] = [self.wbi, self.nci, self.rs].map(|reading| match reading {
            Reading::Missing => Ok(None),
            Reading::Value(index) => Ok(Some(index)),
            Reading::Bad => Err(BadIndex),
        });
        let indices = wbi.and_then(|wbi| Ok(Indices { wbi, nci: nci?, rs: rs? }));
        Pair { assistant_id: self.assistant_id, member_id: self.member_id, indices }
    }
}

impl Reading {
    /// Hundredths as the queries bring them: null = missing, −1 = bad.
    pub(crate) fn from_hundredths(hundredths: Option<i16>) -> Self {
        match hundredths.map(u16::try_from) {
            None => Self::Missing,
            Some(Err(_)) => Self::Bad,
            Some(Ok(value)) => Index::from_hundredths(value).map_or(Self::Bad, Self::Value),
        }
    }

    /// The value, where there is a sound one.
    pub fn value(self) -> Option<Index> {
        match self {
            Self::Value(index) => Some(index),
            Self::Missing | Self::Bad => None,
        }
    }
}

/// How far the three indices of a morning have come; see [`Morning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MorningDates {
    /// S: newest date of the relation index up to today.
    pub relation_date: Option<NaiveDate>,
    /// S, else the newest date of the win-back index.
    pub winback_date: Option<NaiveDate>,
    /// S, else the newest date of the new-customer index.
    pub newconv_date: Option<NaiveDate>,
}

/// The dates alone, in one statement: whether there is anything new to read.
pub async fn dates(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<MorningDates, WarehouseError> {
    Ok(sqlx::query_file_as!(MorningDates, "queries/morning_dates.sql", ctx.today())
        .fetch_one(tx.connection())
        .await?)
}

/// Reads a hall's morning in two statements, however many pairs it has.
pub async fn morning(tx: &mut WarehouseTx, ctx: &RuntimeContext) -> Result<Morning, WarehouseError> {
    let dates = dates(tx, ctx).await?;
    let mut pairs = match dates.relation_date {
        Some(s) => {
            sqlx::query_file!("queries/morning_pairs.sql", s)
                .try_map(|row| {
                    Ok(MorningPair {
                        assistant_id: row.assistant_id,
                        member_id: row.member_id,
                        rs: Reading::from_hundredths(row.rs),
                        wbi: Reading::from_hundredths(row.wbi),
                        nci: Reading::from_hundredths(row.nci),
                    })
                })
                .fetch_all(tx.connection())
                .await?
        }
        None => Vec::new(),
    };
    pairs.dedup_by_key(|pair| (pair.assistant_id, pair.member_id));
    Ok(Morning {
        relation_date: dates.relation_date,
        winback_date: dates.winback_date,
        newconv_date: dates.newconv_date,
        pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_become_readings() {
        assert_eq!(Reading::from_hundredths(None), Reading::Missing);
        assert_eq!(Reading::from_hundredths(Some(-1)), Reading::Bad);
        assert_eq!(Reading::from_hundredths(Some(1001)), Reading::Bad);
        assert_eq!(Reading::from_hundredths(Some(705)).value().map(Index::hundredths), Some(705));
    }
}
