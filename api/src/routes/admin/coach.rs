//! Whether a coach can be bound.
use domain::SiteId;
use warehouse::assistant;

use crate::{
    error::{ApiError, Kind},
    extract::Administering,
};

/// 422 unless the site's warehouse has the coach, not resigned; 409 for a site that is not active.
pub(super) async fn check<P: crate::extract::Permission>(
    by: &mut Administering<P>,
    site: SiteId,
    assistant_id: i64,
) -> Result<(), ApiError> {
    let context = by.tx.context(site).await?;
    let ctx = context.ok_or_else(|| ApiError::saying(Kind::Conflict, "该门店不存在或已停用"))?;
    let mut facts = by.warehouse(site).begin().await?;
    let roster = assistant::roster(&mut facts, &ctx).await?;
    facts.close().await?;
    match roster.iter().find(|coach| coach.assistant_id == assistant_id) {
        None => Err(ApiError::field("assistantId", "该门店没有这位助教")),
        Some(coach) if coach.resigned => Err(ApiError::field("assistantId", "这位助教已离职")),
        Some(_) => Ok(()),
    }
}
