//! Users as administrators see them, at every site.
use chrono::{DateTime, Utc};
use domain::accounts::AccountStatus;
use sqlx::PgConnection;

use crate::StoreError;

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// `auth.users.id`.
    pub user_id: i64,
    /// Back-office name.
    pub username: Option<String>,
    /// Shown to people.
    pub nickname: Option<String>,
    /// Unmasked.
    pub phone: Option<String>,
    /// new, pending, approved, rejected, disabled.
    pub status: String,
    /// Whether they can sign in by WeChat.
    pub has_wechat: bool,
    /// Newest sign-in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// First sign-in, or when an administrator made them.
    pub created_at: DateTime<Utc>,
    /// Where they work, by site; those that hold everywhere first.
    pub places: Vec<Place>,
}

/// What a user is at a site.
#[derive(Clone, Debug)]
pub struct Place {
    /// Site; `None` = every site.
    pub site_id: Option<i64>,
    /// Its name.
    pub site_name: Option<String>,
    /// Role codes, sorted.
    pub roles: Vec<String>,
    /// The coach they are there.
    pub assistant_id: Option<i64>,
}

/// Which users; `None` = any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of nickname or back-office name, or of the phone's digits.
    pub query: Option<String>,
    /// Whether `query` may be looked for in phones.
    pub in_phones: bool,
    /// Status.
    pub status: Option<AccountStatus>,
    /// With a role at exactly that site.
    pub site_id: Option<i64>,
    /// Exactly that one.
    pub user_id: Option<i64>,
    /// Rows before the page.
    pub offset: i64,
    /// Rows on the page.
    pub limit: i64,
}

/// A page, newest user first, and how many there are. Three statements.
pub async fn page(connection: &mut PgConnection, filter: &Filter) -> Result<(Vec<User>, i64), StoreError> {
    let status = filter.status.map(AccountStatus::as_str);
    let total = sqlx::query_scalar!(
        r#"SELECT count(*) AS "total!" FROM auth.users u
           WHERE ($1::text IS NULL OR strpos(lower(coalesce(u.nickname, '')), lower($1)) > 0
                  OR strpos(coalesce(u.username, ''), lower($1)) > 0
                  OR ($2 AND strpos(coalesce(u.phone, ''), $1) > 0))
             AND ($3::text IS NULL OR u.status = $3)
             AND ($4::bigint IS NULL OR EXISTS (
                 SELECT FROM auth.user_site_roles r WHERE r.user_id = u.id AND r.site_id = $4))
             AND ($5::bigint IS NULL OR u.id = $5)"#,
        filter.query,
        filter.in_phones,
        status,
        filter.site_id,
        filter.user_id
    )
    .fetch_one(&mut *connection)
    .await?;
    let rows = sqlx::query!(
        r#"SELECT u.id, u.username, u.nickname, u.phone, u.status, u.wx_openid IS NOT NULL AS "has_wechat!",
                  u.last_login_at, u.created_at
           FROM auth.users u
           WHERE ($1::text IS NULL OR strpos(lower(coalesce(u.nickname, '')), lower($1)) > 0
                  OR strpos(coalesce(u.username, ''), lower($1)) > 0
                  OR ($2 AND strpos(coalesce(u.phone, ''), $1) > 0))
             AND ($3::text IS NULL OR u.status = $3)
             AND ($4::bigint IS NULL OR EXISTS (
                 SELECT FROM auth.user_site_roles r WHERE r.user_id = u.id AND r.site_id = $4))
             AND ($5::bigint IS NULL OR u.id = $5)
           ORDER BY u.created_at DESC, u.id DESC
           LIMIT $6 OFFSET $7"#,
        filter.query,
        filter.in_phones,
        status,
        filter.site_id,
        filter.user_id,
        filter.limit,
        filter.offset
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut places = places(connection, &ids).await?;
    let users = rows
        .into_iter()
        .map(|row| User {
            user_id: row.id,
            username: row.username,
            nickname: row.nickname,
            phone: row.phone,
            status: row.status,
            has_wechat: row.has_wechat,
            last_login_at: row.last_login_at,
            created_at: row.created_at,
            places: places
                .extract_if(.., |(user_id, _)| *user_id == row.id)
                .map(|(_, place)| place)
                .collect(),
        })
        .collect();
    Ok((users, total))
}

/// One user.
pub async fn by_id(connection: &mut PgConnection, user_id: i64) -> Result<Option<User>, StoreError> {
    let filter = Filter { user_id: Some(user_id), limit: 1, ..Filter::default() };
    Ok(page(connection, &filter).await?.0.pop())
}

async fn places(connection: &mut PgConnection, users: &[i64]) -> Result<Vec<(i64, Place)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT held.user_id AS "user_id!", held.site_id, s.name AS "site_name?", held.roles AS "roles!", b.assistant_id AS "assistant_id?"
           FROM (
               SELECT user_id, site_id, array_agg(role_code ORDER BY role_code) AS roles
               FROM auth.user_site_roles WHERE user_id = ANY($1) GROUP BY user_id, site_id
           ) AS held
           LEFT JOIN biz.sites s ON s.site_id = held.site_id
           LEFT JOIN auth.user_assistant_binding b ON b.site_id = held.site_id AND b.user_id = held.user_id
           ORDER BY held.user_id, held.site_id NULLS FIRST"#,
        users
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let place = Place {
                site_id: row.site_id,
                site_name: row.site_name,
                roles: row.roles,
                assistant_id: row.assistant_id,
            };
            (row.user_id, place)
        })
        .collect())
}
