//! `auth.user_site_roles`: who is what, where.
use domain::{SiteId, accounts::Role};
use sqlx::PgConnection;

use crate::StoreError;

/// The user's roles at exactly that site (`None`: those that hold everywhere), sorted by code.
pub async fn at(
    connection: &mut PgConnection,
    user_id: i64,
    site: Option<SiteId>,
) -> Result<Vec<Role>, StoreError> {
    let codes = sqlx::query_scalar!(
        "SELECT role_code FROM auth.user_site_roles
         WHERE user_id = $1 AND site_id IS NOT DISTINCT FROM $2 ORDER BY role_code",
        user_id,
        site.map(|site| site.0)
    )
    .fetch_all(connection)
    .await?;
    codes
        .iter()
        .map(|code| {
            code.parse().map_err(|e| {
                StoreError::unreadable(format!("auth.user_site_roles of user {user_id}: {code}"), e)
            })
        })
        .collect()
}

/// Whether the user has any role anywhere.
pub async fn has_any(connection: &mut PgConnection, user_id: i64) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM auth.user_site_roles WHERE user_id = $1) AS "any!""#,
        user_id
    )
    .fetch_one(connection)
    .await?)
}

/// Adds a role; one that is there stays.
pub async fn grant(
    connection: &mut PgConnection,
    user_id: i64,
    site: Option<SiteId>,
    role: Role,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO auth.user_site_roles (site_id, user_id, role_code) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        site.map(|site| site.0),
        user_id,
        role.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes roles away.
pub async fn withdraw(
    connection: &mut PgConnection,
    user_id: i64,
    site: Option<SiteId>,
    roles: &[Role],
) -> Result<(), StoreError> {
    let codes: Vec<String> = roles.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "DELETE FROM auth.user_site_roles
         WHERE user_id = $1 AND site_id IS NOT DISTINCT FROM $2 AND role_code = ANY($3)",
        user_id,
        site.map(|site| site.0),
        &codes
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes whoever may end an administrator's days wait for each other: two administrators who disable each other at once
/// must not both succeed.
pub async fn lock_administrators(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('zqyy.administrators'))").execute(connection).await?;
    Ok(())
}

/// Whether there is an approved administrator.
pub async fn an_administrator_is_left(connection: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM auth.user_site_roles r JOIN auth.users u ON u.id = r.user_id
               WHERE r.role_code = 'admin' AND u.status = 'approved'
           ) AS "left!""#
    )
    .fetch_one(connection)
    .await?)
}
