//! Active recalls and their completion.
use chrono::{DateTime, Utc};
use domain::{RuntimeContext, SiteId};
use sqlx::PgConnection;

use super::task_change::count;
use crate::{
    StoreError,
    operations::task::complete_recalls::{CompletedBy, OpenRecall},
};

/// The active recalls of a site.
pub async fn open(connection: &mut PgConnection, site: SiteId) -> Result<Vec<OpenRecall>, StoreError> {
    Ok(sqlx::query_as!(
        OpenRecall,
        "SELECT id AS task_id, assistant_id, member_id, created_at
         FROM biz.coach_tasks
         WHERE site_id = $1 AND status = 'active' AND task_type IN ('high_priority_recall', 'priority_recall')
         ORDER BY id",
        site.0
    )
    .fetch_all(connection)
    .await?)
}

/// Completes those that are still active.
pub async fn complete(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    by: &[CompletedBy],
) -> Result<u64, StoreError> {
    let tasks: Vec<i64> = by.iter().map(|c| c.task_id).collect();
    let services: Vec<i64> = by.iter().map(|c| c.service_id).collect();
    let times: Vec<DateTime<Utc>> = by.iter().map(|c| c.service_time).collect();
    let done = sqlx::query_file_scalar!(
        "queries/recall_complete.sql",
        ctx.site_id.0,
        ctx.now,
        &tasks,
        &services,
        &times
    )
    .fetch_one(connection)
    .await?;
    Ok(count(done))
}
