//! `auth.user_assistant_binding`: which coach is which user.
use domain::SiteId;
use sqlx::PgConnection;

use crate::StoreError;

/// A coach bound to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The coach.
    pub assistant_id: i64,
    /// Whether the bound user's status is `approved`.
    pub approved: bool,
}

/// Every bound coach of a site, by id.
pub async fn of_site(connection: &mut PgConnection, site: SiteId) -> Result<Vec<Bound>, StoreError> {
    Ok(sqlx::query_as!(
        Bound,
        r#"SELECT b.assistant_id AS "assistant_id!", u.status = 'approved' AS "approved!"
           FROM auth.user_assistant_binding b
           JOIN auth.users u ON u.id = b.user_id
           WHERE b.site_id = $1 AND b.assistant_id IS NOT NULL
           ORDER BY b.assistant_id"#,
        site.0
    )
    .fetch_all(connection)
    .await?)
}

/// The coach that a user is at a site. The outer `None`: no binding there; the inner: staff who coach nobody.
pub async fn of_user(
    connection: &mut PgConnection,
    user_id: i64,
    site: SiteId,
) -> Result<Option<Option<i64>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT assistant_id FROM auth.user_assistant_binding WHERE site_id = $1 AND user_id = $2",
        site.0,
        user_id
    )
    .fetch_optional(connection)
    .await?)
}

/// Binds a user to a site, as a coach or as nobody; a conflict when the coach is another user.
pub async fn set(
    connection: &mut PgConnection,
    user_id: i64,
    site: SiteId,
    assistant_id: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO auth.user_assistant_binding (site_id, user_id, assistant_id) VALUES ($1, $2, $3)
         ON CONFLICT (site_id, user_id) DO UPDATE SET assistant_id = excluded.assistant_id, updated_at = now()",
        site.0,
        user_id,
        assistant_id
    )
    .execute(connection)
    .await
    .map_err(|e| {
        StoreError::on_constraint(e, "user_assistant_binding_assistant", || {
            StoreError::Conflict("the coach is bound to another user".into())
        })
    })?;
    Ok(())
}

/// Takes a user's binding away.
pub async fn remove(connection: &mut PgConnection, user_id: i64, site: SiteId) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM auth.user_assistant_binding WHERE site_id = $1 AND user_id = $2",
        site.0,
        user_id
    )
    .execute(connection)
    .await?;
    Ok(())
}
