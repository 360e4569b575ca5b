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

/// When the site's row last changed.
pub async fn updated_at(connection: &mut PgConnection, site: SiteId) -> Result<DateTime<Utc>, StoreError> {
    sqlx::query_scalar!("SELECT updated_at FROM biz.sites WHERE site_id = $1", site.0)
        .fetch_optional(connection)
        .await?
        .ok_or(StoreError::NotFound("site"))
}

/// Whether PostgreSQL knows a zone by this name.
pub async fn knows_zone(connection: &mut PgConnection, zone: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1) AS "known!""#,
        zone
    )
    .fetch_one(connection)
    .await?)
}

/// Sets zone and cut-off hour of a site whose row is still as of `based_on`; `None`: it is not.
pub async fn set_business_day(
    connection: &mut PgConnection,
    site: SiteId,
    zone: &str,
    cutoff_hour: u8,
    based_on: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "UPDATE biz.sites
         SET timezone = $2, business_day_cutoff_hour = $3, updated_at = greatest(now(), updated_at + interval '1 microsecond')
         WHERE site_id = $1 AND updated_at = $4
         RETURNING updated_at",
        site.0,
        zone,
        i16::from(cutoff_hour),
        based_on
    )
    .fetch_optional(connection)
    .await?)
}
