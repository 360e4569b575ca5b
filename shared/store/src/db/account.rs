//! `auth.users`: who signs in.
use domain::{SiteId, accounts::AccountStatus};
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

/// A user whose row is locked: status and tokens stand still until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    /// `auth.users.id`.
    pub user_id: i64,
    /// Where they stand.
    pub status: AccountStatus,
    /// Written into tokens.
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

/// What a password is held against.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `auth.users.id`.
    pub user_id: i64,
    /// argon2id, PHC string; `None`: no password is set.
    pub password_hash: Option<String>,
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

/// What the password of that back-office name is held against.
pub async fn credentials(pool: &PgPool, username: &str) -> Result<Option<Credentials>, StoreError> {
    Ok(sqlx::query_as!(
        Credentials,
        "SELECT id AS user_id, password_hash FROM auth.users WHERE username = $1",
        username
    )
    .fetch_optional(pool)
    .await?)
}

/// The password's hash as it is now.
pub async fn password_hash(
    connection: &mut PgConnection,
    user_id: i64,
) -> Result<Option<String>, StoreError> {
    let found = sqlx::query_scalar!("SELECT password_hash FROM auth.users WHERE id = $1", user_id)
        .fetch_optional(connection)
        .await?;
    Ok(found.flatten())
}

/// Locks a user against every other change of status, roles and tokens; rows that only refer to them go on.
pub async fn lock(connection: &mut PgConnection, user_id: i64) -> Result<Option<Locked>, StoreError> {
    let row =
        sqlx::query!("SELECT status, token_version FROM auth.users WHERE id = $1 FOR NO KEY UPDATE", user_id)
            .fetch_optional(connection)
            .await?;
    row.map(|row| {
        let status = parse_status(user_id, &row.status)?;
        Ok(Locked { user_id, status, token_version: row.token_version })
    })
    .transpose()
}

/// The user of a WeChat identity, locked; made with status `new` if there is none. Two first sign-ins at once make one
/// user.
pub async fn of_wechat(
    connection: &mut PgConnection,
    openid: &str,
    unionid: Option<&str>,
) -> Result<Locked, StoreError> {
    let row = sqlx::query!(
        "INSERT INTO auth.users AS u (wx_openid, wx_unionid) VALUES ($1, $2)
         ON CONFLICT (wx_openid) DO UPDATE SET wx_unionid = coalesce(EXCLUDED.wx_unionid, u.wx_unionid)
         RETURNING id, status, token_version",
        openid,
        unionid
    )
    .fetch_one(connection)
    .await?;
    let status = parse_status(row.id, &row.status)?;
    Ok(Locked { user_id: row.id, status, token_version: row.token_version })
}

fn parse_status(user_id: i64, status: &str) -> Result<AccountStatus, StoreError> {
    status.parse().map_err(|e| StoreError::unreadable(format!("auth.users {user_id}"), e))
}

/// A user of the back office; the name may be taken.
pub async fn insert_named(
    connection: &mut PgConnection,
    username: &str,
    password_hash: &str,
    status: AccountStatus,
) -> Result<i64, StoreError> {
    sqlx::query_scalar!(
        "INSERT INTO auth.users (username, password_hash, nickname, status) VALUES ($1, $2, $1, $3) RETURNING id",
        username,
        password_hash,
        status.as_str()
    )
    .fetch_one(connection)
    .await
    .map_err(|e| {
        StoreError::on_constraint(e, "users_username_key", || StoreError::Conflict("the name is taken".into()))
    })
}

/// Gives a user a back-office name and a password; a conflict when the name is somebody else's.
pub async fn set_credentials(
    connection: &mut PgConnection,
    user_id: i64,
    username: &str,
    password_hash: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE auth.users SET username = $2, password_hash = $3, updated_at = now() WHERE id = $1",
        user_id,
        username,
        password_hash
    )
    .execute(connection)
    .await
    .map_err(|e| {
        StoreError::on_constraint(e, "users_username_key", || {
            StoreError::Conflict("the name is taken".into())
        })
    })?;
    Ok(())
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

/// As [`sites`], before there is a transaction.
pub async fn sites_over(pool: &PgPool, user_id: i64) -> Result<Vec<SiteOfUser>, StoreError> {
    sites(&mut *pool.acquire().await?, user_id).await
}

/// Whether the user is an approved administrator of every site.
pub async fn is_administrator(
    connection: &mut PgConnection,
    user_id: i64,
    token_version: i32,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT cardinality(permissions) > 0 AND user_status = 'approved' AS "yes!"
           FROM auth.open_everywhere($1, $2)"#,
        user_id,
        token_version
    )
    .fetch_optional(connection)
    .await?
    .unwrap_or(false))
}

/// Notes that the user signed in.
pub async fn signed_in(connection: &mut PgConnection, user_id: i64) -> Result<(), StoreError> {
    sqlx::query!("UPDATE auth.users SET last_login_at = now(), updated_at = now() WHERE id = $1", user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets the status.
pub async fn set_status(
    connection: &mut PgConnection,
    user_id: i64,
    status: AccountStatus,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE auth.users SET status = $2, updated_at = now() WHERE id = $1",
        user_id,
        status.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends every access token of the user at once.
pub async fn end_tokens(connection: &mut PgConnection, user_id: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE auth.users SET token_version = token_version + 1, updated_at = now() WHERE id = $1",
        user_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Names a user whom nobody has named: WeChat does not say who somebody is.
pub async fn name_if_nameless(
    connection: &mut PgConnection,
    user_id: i64,
    name: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE auth.users SET nickname = $2, updated_at = now() WHERE id = $1 AND nickname IS NULL",
        user_id,
        name
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets the phone number, as WeChat gave it.
pub async fn set_phone(connection: &mut PgConnection, user_id: i64, phone: &str) -> Result<(), StoreError> {
    sqlx::query!("UPDATE auth.users SET phone = $2, updated_at = now() WHERE id = $1", user_id, phone)
        .execute(connection)
        .await?;
    Ok(())
}
