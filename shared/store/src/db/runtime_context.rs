//! `biz.runtime_context`: sites that are in the sandbox.
use chrono::{DateTime, NaiveDate, Utc};
use domain::SiteId;
use sqlx::PgConnection;

use crate::StoreError;

/// A sandbox that has not ended yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// The business date that everybody at the site sees.
    pub date: NaiveDate,
    /// When it ends by itself, by the database's clock.
    pub expires_at: DateTime<Utc>,
    /// Nickname of who set it.
    pub set_by: Option<String>,
    /// When it was set.
    pub set_at: DateTime<Utc>,
}

/// The site's sandbox; `None`: it is live.
pub async fn sandbox(connection: &mut PgConnection, site: SiteId) -> Result<Option<Sandbox>, StoreError> {
    Ok(sqlx::query_as!(
        Sandbox,
        r#"SELECT c.sandbox_date AS "date!", c.expires_at AS "expires_at!", u.nickname AS "set_by?", c.updated_at AS set_at
           FROM biz.runtime_context c
           LEFT JOIN auth.users u ON u.id = c.updated_by
           WHERE c.site_id = $1 AND c.mode = 'sandbox' AND c.expires_at > now()"#,
        site.0
    )
    .fetch_optional(connection)
    .await?)
}

/// Whoever switches a site waits here for whoever is switching it.
pub async fn lock(connection: &mut PgConnection, site: SiteId) -> Result<(), StoreError> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('zqyy.runtime_context', $1)) AS locked",
        site.0
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Puts the site into the sandbox, from now on and for so many minutes.
pub async fn enter(
    connection: &mut PgConnection,
    site: SiteId,
    date: NaiveDate,
    minutes: i32,
    user_id: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO biz.runtime_context AS c (site_id, mode, sandbox_date, expires_at, updated_by)
         VALUES ($1, 'sandbox', $2, now() + make_interval(mins => $3), $4)
         ON CONFLICT (site_id) DO UPDATE
         SET mode = EXCLUDED.mode, sandbox_date = EXCLUDED.sandbox_date, expires_at = EXCLUDED.expires_at,
             updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at",
        site.0,
        date,
        minutes,
        user_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes the site live again.
pub async fn leave(connection: &mut PgConnection, site: SiteId, user_id: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.runtime_context
         SET mode = 'live', sandbox_date = NULL, expires_at = NULL, updated_by = $2, updated_at = now()
         WHERE site_id = $1",
        site.0,
        user_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
