//! Whose notes a caller may read and write.
use domain::notes::NoteTarget;
use store::{SiteTx, db::note, site_tx::Caller};
use warehouse::{
    assistant, member,
    relation::{self, Pair},
};

use crate::{
    error::{ApiError, Kind},
    extract::SiteWarehouse,
};

/// Members: those paired with the caller, by a relation in the newest snapshot or an open task; every one for holders
/// of `customers.site`. Coaches: oneself; every one for holders of `coaches.site`.
pub(super) async fn check(
    tx: &mut SiteTx,
    warehouse: &SiteWarehouse,
    target: NoteTarget,
) -> Result<(), ApiError> {
    let ctx = tx.ctx;
    let own = tx.caller.assistant_id;
    match target {
        _ if knows_by_role(&tx.caller, target) => Ok(()),
        NoteTarget::Coach(coach) if Some(coach) == own => Ok(()),
        NoteTarget::Coach(_) => Err(Kind::NotYours.into()),
        NoteTarget::Member(member_id) => {
            let assistant_id = own.ok_or(Kind::NoCoach)?;
            // The own database first: without the warehouse a coach can still write about the tasks at hand.
            if note::has_open_task(tx.connection(), &ctx, assistant_id, member_id).await? {
                return Ok(());
            }
            let mut facts = warehouse.begin().await?;
            let relation = relation::scores(&mut facts, &ctx, &[Pair { assistant_id, member_id }]).await?;
            facts.close().await?;
            if relation.rows.is_empty() { Err(Kind::NotYours.into()) } else { Ok(()) }
        }
    }
}

/// Whether the caller reaches every such target of the site.
pub(super) fn knows_by_role(caller: &Caller, target: NoteTarget) -> bool {
    caller.may(match target {
        NoteTarget::Member(_) => "customers.site",
        NoteTarget::Coach(_) => "coaches.site",
    })
}

/// Whether the target is somebody of this site; a pairing proves as much, a role does not.
pub(super) async fn exists(
    tx: &SiteTx,
    warehouse: &SiteWarehouse,
    target: NoteTarget,
) -> Result<(), ApiError> {
    let mut facts = warehouse.begin().await?;
    let known = match target {
        NoteTarget::Member(id) => !member::names(&mut facts, &tx.ctx, &[id]).await?.is_empty(),
        NoteTarget::Coach(id) => {
            assistant::roster(&mut facts, &tx.ctx).await?.iter().any(|coach| coach.assistant_id == id)
        }
    };
    facts.close().await?;
    if known { Ok(()) } else { Err(ApiError::field("targetId", "本店没有这位会员或助教")) }
}
