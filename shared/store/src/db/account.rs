//! `auth.users` and where they work: what signing in needs before there is a site to open.
use domain::SiteId;
use sqlx::{PgConnection, PgPool};

use crate::StoreError;

/// A user, as far as tokens go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// `auth.users.id`.
    pub user_id: i64,
    /// Written into tokens; raising it ends them all.
    pub token_version: i32,
}

/// A site at which a user has a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteOfUser {
    /// Site.
    pub site_id: SiteId,
    /// What an applicant types.
    pub site_code: String,
    /// Shown to people.
    pub site_name: String,
    /// Role codes there, sorted.
    pub roles: Vec<String>,
    /// The coach the user is there.
    pub assistant_id: Option<i64>,
}

/// The user of that back-office name.
pub async fn by_username(pool: &PgPool, username: &str) -> Result<Option<Account>, StoreError> {
    Ok(sqlx::query_as!(
        Account,
        "SELECT id AS user_id, token_version FROM auth.users WHERE username = $1",
        username
    )
    .fetch_optional(pool)
    .await?)
}

/// The user of that id.
pub async fn by_id(pool: &PgPool, user_id: i64) -> Result<Option<Account>, StoreError> {
    Ok(sqlx::query_as!(Account, "SELECT id AS user_id, token_version FROM auth.users WHERE id = $1", user_id)
        .fetch_optional(pool)
        .await?)
}

/// As [`sites`], before there is a transaction.
pub async fn sites_over(pool: &PgPool, user_id: i64) -> Result<Vec<SiteOfUser>, StoreError> {
    sites(&mut *pool.acquire().await?, user_id).await
}

/// The active sites of a user, by id.
pub async fn sites(connection: &mut PgConnection, user_id: i64) -> Result<Vec<SiteOfUser>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT site_id AS "site_id!", site_code AS "site_code!", site_name AS "site_name!", roles AS "roles!",
                  assistant_id
           FROM auth.sites_of($1)"#,
        user_id
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| SiteOfUser {
            site_id: SiteId(row.site_id),
            site_code: row.site_code,
            site_name: row.site_name,
            roles: row.roles,
            assistant_id: row.assistant_id,
        })
        .collect())
}

/// Notes that the user signed in.
pub async fn signed_in(connection: &mut PgConnection, user_id: i64) -> Result<(), StoreError> {
    sqlx::query!("UPDATE auth.users SET last_login_at = now(), updated_at = now() WHERE id = $1", user_id)
        .execute(connection)
        .await?;
    Ok(())
}
