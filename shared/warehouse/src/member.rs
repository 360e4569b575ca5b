//! Members (`app.v_dim_member`), the only source of their names and phones.
use domain::RuntimeContext;

use crate::{WarehouseError, WarehouseTx, transaction::moment};

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
    let names = sqlx::query_file_as!(MemberName, "queries/member_names.sql", members, moment(ctx))
        .fetch_all(tx.connection())
        .await?;
    Ok(names)
}
