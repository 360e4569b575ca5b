//! Monthly statistics of tasks.
use domain::{Calendar, RuntimeContext};
use sqlx::PgConnection;

use crate::StoreError;

/// Upserts the months that may have changed; a row that comes out the same is left alone.
pub async fn refresh(connection: &mut PgConnection, ctx: &RuntimeContext) -> Result<u64, StoreError> {
    let done = sqlx::query_file!(
        "queries/task_monthly.sql",
        ctx.site_id.0,
        ctx.now,
        Calendar::month_of(ctx.today()),
        ctx.calendar.zone().name(),
        i32::from(ctx.calendar.cutoff_hour())
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
