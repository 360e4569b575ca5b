//! Members (`app.v_dim_member`), the only source of their names and phones.
use chrono::{DateTime, NaiveDate, Utc};
use domain::RuntimeContext;

use crate::{Slice, WarehouseError, WarehouseTx};

/// A member's name and phone as of the context's moment.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberName {
    /// Member.
    pub member_id: i64,
    /// Nickname.
    pub name: Option<String>,
    /// Unmasked: never to be logged or sent on as it is.
    pub mobile: Option<String>,
}

// By hand, so that a stray `{:?}` tells no personal data.
impl std::fmt::Debug for MemberName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberName").field("member_id", &self.member_id).finish_non_exhaustive()
    }
}

/// Of these members, those that are known, by id.
pub async fn names(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Vec<MemberName>, WarehouseError> {
    let names = sqlx::query_file_as!(MemberName, "queries/member_names.sql", members, ctx.moment())
        .fetch_all(tx.connection())
        .await?;
    Ok(names)
}

/// A member as the customer page shows them, as of the context's moment.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberProfile {
    /// Member.
    pub member_id: i64,
    /// Nickname.
    pub name: Option<String>,
    /// Unmasked: never to be logged or sent on as it is.
    pub mobile: Option<String>,
    /// Such as 金卡会员.
    pub grade: Option<String>,
    /// As the member gave it.
    pub gender: Option<String>,
    /// Date of birth.
    pub birthday: Option<NaiveDate>,
    /// When the member joined.
    pub register_time: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for MemberProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberProfile").field("member_id", &self.member_id).finish_non_exhaustive()
    }
}

/// One member; `None`: the hall has no such member.
pub async fn profile(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    member_id: i64,
) -> Result<Option<MemberProfile>, WarehouseError> {
    let profile = sqlx::query_file_as!(MemberProfile, "queries/member_profile.sql", member_id, ctx.moment())
        .fetch_optional(tx.connection())
        .await?;
    Ok(profile)
}

/// What a search looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought<'a> {
    /// Part of a name, any case; taken as it is.
    Name(&'a str),
    /// Consecutive digits of a phone.
    Digits(&'a str),
}

/// Whose members a coach may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairedWith<'a> {
    /// The coach; members paired in the newest relation snapshot.
    pub assistant_id: i64,
    /// And these, by the coach's tasks.
    pub tasked: &'a [i64],
}

/// A page of found members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// On all pages.
    pub total: i64,
    /// By name, then id.
    pub members: Vec<FoundMember>,
}

/// A member found.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundMember {
    /// Member.
    pub member_id: i64,
    /// Nickname.
    pub name: Option<String>,
    /// Unmasked: never to be logged or sent on as it is.
    pub mobile: Option<String>,
    /// Such as 金卡会员.
    pub grade: Option<String>,
}

impl std::fmt::Debug for FoundMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FoundMember").field("member_id", &self.member_id).finish_non_exhaustive()
    }
}

/// Members by name or phone; of one coach where `paired` says so.
pub async fn search(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    sought: Sought<'_>,
    paired: Option<PairedWith<'_>>,
    slice: Slice,
) -> Result<Found, WarehouseError> {
    let (name, digits) = match sought {
        Sought::Name(name) => (Some(name), None),
        Sought::Digits(digits) => (None, Some(digits)),
    };
    let rows = sqlx::query_file!(
        "queries/member_search.sql",
        ctx.moment(),
        name,
        digits,
        paired.map(|paired| paired.assistant_id),
        ctx.today(),
        paired.map_or(&[][..], |paired| paired.tasked),
        slice.limit,
        slice.offset
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(Found {
        total: rows.first().map_or(0, |row| row.total),
        members: rows
            .into_iter()
            .filter_map(|row| {
                Some(FoundMember {
                    member_id: row.member_id?,
                    name: row.name,
                    mobile: row.mobile,
                    grade: row.grade,
                })
            })
            .collect(),
    })
}
