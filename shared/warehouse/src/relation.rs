//! How close coach and member are (`app.v_dws_member_assistant_relation_index`).
use domain::{Index, RelationIndex, RuntimeContext};

use crate::{Reading, Snapshot, WarehouseError, WarehouseTx};

/// A coach and a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
}

/// What the newest snapshot says of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationScore {
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Relationship strength; `None` where it is missing or unsound.
    pub rs: Option<Index>,
    /// In [0, 1]; `None` where it is missing or unsound.
    pub relation_index: Option<RelationIndex>,
}

/// Of these pairs, those in the newest snapshot, by (coach, member).
pub async fn scores(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    pairs: &[Pair],
) -> Result<Snapshot<RelationScore>, WarehouseError> {
    let assistants: Vec<_> = pairs.iter().map(|pair| pair.assistant_id).collect();
    let members: Vec<_> = pairs.iter().map(|pair| pair.member_id).collect();
    let found = sqlx::query_file!("queries/relation_scores.sql", ctx.today(), &assistants, &members)
        .fetch_all(tx.connection())
        .await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(RelationScore {
                    assistant_id: row.assistant_id?,
                    member_id: row.member_id?,
                    rs: Reading::from_hundredths(row.rs).value(),
                    relation_index: row.relation_index.and_then(|value| RelationIndex::new(value).ok()),
                })
            })
            .collect(),
    })
}
