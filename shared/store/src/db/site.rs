//! `biz.sites`.
use chrono::{DateTime, Utc};
use domain::{Calendar, SiteId};
use sqlx::{PgConnection, PgPool};

use crate::StoreError;

/// Business now, and the active sites with their calendars, by id. For checks across sites; figures take theirs from
/// the statement that opens their transaction.
pub async fn calendars(pool: &PgPool) -> Result<(DateTime<Utc>, Vec<(SiteId, Calendar)>), StoreError> {
    let now = sqlx::query_scalar!(r#"SELECT biz.business_now() AS "now!""#).fetch_one(pool).await?;
    let rows = sqlx::query!(
        "SELECT site_id, timezone, business_day_cutoff_hour FROM biz.sites WHERE status = 'active' ORDER BY site_id"
    )
    .fetch_all(pool)
    .await?;
    let calendars = rows.into_iter().map(|row| {
        let calendar = Calendar::new(&row.timezone, row.business_day_cutoff_hour)
            .map_err(|e| StoreError::unreadable(format!("biz.sites {}", row.site_id), e))?;
        Ok((SiteId(row.site_id), calendar))
    });
    Ok((now, calendars.collect::<Result<_, StoreError>>()?))
}

/// The active site of a code.
pub async fn of_code(connection: &mut PgConnection, site_code: &str) -> Result<Option<SiteId>, StoreError> {
    let found = sqlx::query_scalar!(
        "SELECT site_id FROM biz.sites WHERE site_code = $1 AND status = 'active'",
        site_code
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(SiteId))
}
