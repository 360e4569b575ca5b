//! Whose customer a member is.
use domain::RuntimeContext;
use store::{SiteTx, db::note};
use warehouse::{
    WarehouseError, WarehouseTx,
    member::{self, MemberProfile},
    relation::{self, Pair},
};

use crate::{
    error::{ApiError, Kind},
    routes::degrade::{Parts, core},
};

/// What still has to be known before a member may be shown to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::routes) enum Reach {
    /// Nothing: every customer of the site is the caller's to see, or this one by an open task.
    Given,
    /// That the newest relation snapshot has the member with this coach.
    ByRelation(i64),
}

impl Reach {
    /// As far as the business database knows: holders of `customers.site` reach everybody, a coach those with an open
    /// task of theirs. At most one round trip.
    pub(in crate::routes) async fn of(tx: &mut SiteTx, member_id: i64) -> Result<Self, ApiError> {
        if tx.caller.may("customers.site") {
            return Ok(Self::Given);
        }
        let coach = tx.caller.assistant_id.ok_or(Kind::NoCoach)?;
        let ctx = tx.ctx;
        let open = note::has_open_task(tx.connection(), &ctx, coach, member_id).await;
        Ok(if open.map_err(ApiError::core)? { Self::Given } else { Self::ByRelation(coach) })
    }

    /// The member, who has to be there, and has to be the caller's. The core of a page: 404, 403, or 503.
    pub(super) async fn profile(
        self,
        parts: &mut Parts,
        ctx: &RuntimeContext,
        member_id: i64,
    ) -> Result<MemberProfile, ApiError> {
        let found = core!(parts, |tx| member::profile(tx, ctx, member_id)).ok_or(Kind::NotFound)?;
        self.prove(parts, ctx, member_id).await?;
        Ok(found)
    }

    /// What the business database did not know.
    pub(in crate::routes) async fn prove(
        self,
        parts: &mut Parts,
        ctx: &RuntimeContext,
        member_id: i64,
    ) -> Result<(), ApiError> {
        let Self::ByRelation(coach) = self else { return Ok(()) };
        if core!(parts, |tx| related(tx, ctx, coach, member_id)) {
            Ok(())
        } else {
            Err(Kind::NotYours.into())
        }
    }
}

async fn related(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    assistant_id: i64,
    member_id: i64,
) -> Result<bool, WarehouseError> {
    let found = relation::scores(tx, ctx, &[Pair { assistant_id, member_id }]).await?;
    Ok(!found.rows.is_empty())
}
