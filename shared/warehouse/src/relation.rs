//! How close coach and member are (`app.v_dws_member_assistant_relation_index`).
use chrono::NaiveDate;
use domain::{Index, Money, RelationIndex, RuntimeContext};

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

/// A coach of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberCoach {
    /// Member.
    pub member_id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Nickname, else real name.
    pub name: Option<String>,
    /// Such as `senior`.
    pub level_code: Option<String>,
    /// Such as 高级.
    pub level_name: Option<String>,
    /// Relationship strength; `None` where it is missing or unsound.
    pub rs: Option<Index>,
    /// In [0, 1]; `None` where it is missing or unsound.
    pub relation_index: Option<RelationIndex>,
}

/// The coaches of these members in the newest snapshot, by member, closest first, then by coach.
pub async fn coaches_of(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Snapshot<MemberCoach>, WarehouseError> {
    let found = sqlx::query_file!("queries/coaches_of_members.sql", ctx.today(), members, ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(MemberCoach {
                    member_id: row.member_id?,
                    assistant_id: row.assistant_id?,
                    name: row.name,
                    level_code: row.level_code,
                    level_name: row.level_name,
                    rs: Reading::from_hundredths(row.rs).value(),
                    relation_index: row.relation_index.and_then(|value| RelationIndex::new(value).ok()),
                })
            })
            .collect(),
    })
}

/// A member close to a coach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopCustomer {
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// The member's name.
    pub name: Option<String>,
    /// Relationship strength; `None` where it is missing or unsound.
    pub rs: Option<Index>,
    /// In [0, 1]; `None` where it is missing or unsound.
    pub relation_index: Option<RelationIndex>,
    /// On stored-value cards; `None` without such a card.
    pub balance: Option<Money>,
    /// Billed for this coach's services, ever (`ledger_amount_total`).
    pub consumed: Option<Money>,
}

/// Members close to coaches, and the dates of the two snapshots that say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopCustomers {
    /// Of the relations; `None`: there is no snapshot up to today.
    pub stat_date: Option<NaiveDate>,
    /// Of [`TopCustomer::consumed`].
    pub consumed_stat_date: Option<NaiveDate>,
    /// By coach, closest first.
    pub rows: Vec<TopCustomer>,
}

/// Of each of these coaches at most `each` members of the newest snapshot, by coach, closest first, then by member.
pub async fn top_customers(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    coaches: &[i64],
    each: i64,
) -> Result<TopCustomers, WarehouseError> {
    let found = sqlx::query_file!("queries/top_customers.sql", ctx.today(), coaches, each, ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    Ok(TopCustomers {
        stat_date: found.first().and_then(|row| row.stat_date),
        consumed_stat_date: found.first().and_then(|row| row.billed_stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(TopCustomer {
                    assistant_id: row.assistant_id?,
                    member_id: row.member_id?,
                    name: row.name,
                    rs: Reading::from_hundredths(row.rs).value(),
                    relation_index: row.relation_index.and_then(|value| RelationIndex::new(value).ok()),
                    balance: row.balance.map(Money::new),
                    consumed: row.consumed.map(Money::new),
                })
            })
            .collect(),
    })
}
