//! Whether a coach can be bound.
use domain::SiteId;
use store::operations::account::Coach;
use warehouse::assistant;

use crate::{
    error::{ApiError, Kind},
    extract::Administering,
};

/// The coach of the site's warehouse. 422 unless it has them, not resigned; 409 for a site that is not active.
pub(super) async fn find<P: crate::extract::Permission>(
    by: &mut Administering<P>,
    site: SiteId,
    assistant_id: i64,
) -> Result<Coach, ApiError> {
    let context = by.tx.context(site).await?;
    let ctx = context.ok_or_else(|| ApiError::saying(Kind::Conflict, "该门店不存在或已停用"))?;
    let mut facts = by.warehouse(site).begin().await?;
    let roster = assistant::roster(&mut facts, &ctx).await?;
    facts.close().await?;
    match roster.into_iter().find(|coach| coach.assistant_id == assistant_id) {
        None => Err(ApiError::field("assistantId", "该门店没有这位助教")),
        Some(coach) if coach.resigned => Err(ApiError::field("assistantId", "这位助教已离职")),
        Some(coach) => Ok(Coach { assistant_id, name: coach.name }),
    }
}
