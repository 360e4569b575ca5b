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
