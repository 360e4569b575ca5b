//! `auth.applications`: who asked to work where.
use chrono::{DateTime, Utc};
use domain::{
    SiteId,
    accounts::{Role, status::ApplicationStatus},
};
use sqlx::PgConnection;

use crate::StoreError;

/// An application, with the names of those it is about.
#[derive(Clone, Debug)]
pub struct Application {
    /// Unique across sites.
    pub id: i64,
    /// Site applied for.
    pub site_id: i64,
    /// Its code.
    pub site_code: String,
    /// Its name.
    pub site_name: String,
    /// Applicant.
    pub user_id: i64,
    /// Their nickname.
    pub nickname: Option<String>,
    /// Their status now.
    pub user_status: String,
    /// Role asked for.
    pub role_code: String,
    /// Unmasked.
    pub phone: String,
    /// As the site knows them.
    pub employee_number: Option<String>,
    /// pending, approved, rejected.
    pub status: String,
    /// The reviewer's words.
    pub review_note: Option<String>,
    /// The reviewer's nickname.
    pub reviewer_name: Option<String>,
    /// When it was decided.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Which applications; `None` = any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Applicant.
    pub user_id: Option<i64>,
    /// Site.
    pub site_id: Option<i64>,
    /// Status.
    pub status: Option<ApplicationStatus>,
    /// Rows before the page.
    pub offset: i64,
    /// Rows on the page.
    pub limit: i64,
}

/// What a decision needs of an application.
#[derive(Clone, Copy, Debug)]
pub struct Locked {
    /// Unique across sites.
    pub id: i64,
    /// Site applied for.
    pub site: SiteId,
    /// Applicant.
    pub user_id: i64,
    /// Role asked for.
    pub role: Role,
    /// Where it stands.
    pub status: ApplicationStatus,
}

/// A page, newest first, and how many there are.
pub async fn page(
    connection: &mut PgConnection,
    filter: Filter,
) -> Result<(Vec<Application>, i64), StoreError> {
    let status = filter.status.map(ApplicationStatus::as_str);
    let total = sqlx::query_scalar!(
        r#"SELECT count(*) AS "total!" FROM auth.applications
           WHERE ($1::bigint IS NULL OR user_id = $1) AND ($2::bigint IS NULL OR site_id = $2)
             AND ($3::text IS NULL OR status = $3)"#,
        filter.user_id,
        filter.site_id,
        status
    )
    .fetch_one(&mut *connection)
    .await?;
    let rows = sqlx::query_as!(
        Application,
        r#"SELECT a.id, a.site_id, s.site_code, s.name AS site_name, a.user_id, u.nickname, u.status AS user_status,
                  a.role_code, a.phone, a.employee_number, a.status, a.review_note,
                  r.nickname AS "reviewer_name?", a.reviewed_at, a.created_at
           FROM auth.applications a
           JOIN biz.sites s ON s.site_id = a.site_id
           JOIN auth.users u ON u.id = a.user_id
           LEFT JOIN auth.users r ON r.id = a.reviewer_id
           WHERE ($1::bigint IS NULL OR a.user_id = $1) AND ($2::bigint IS NULL OR a.site_id = $2)
             AND ($3::text IS NULL OR a.status = $3)
           ORDER BY a.created_at DESC, a.id DESC
           LIMIT $4 OFFSET $5"#,
        filter.user_id,
        filter.site_id,
        status,
        filter.limit,
        filter.offset
    )
    .fetch_all(connection)
    .await?;
    Ok((rows, total))
}

/// One application, as it is now.
pub async fn by_id(connection: &mut PgConnection, id: i64) -> Result<Option<Application>, StoreError> {
    Ok(sqlx::query_as!(
        Application,
        r#"SELECT a.id, a.site_id, s.site_code, s.name AS site_name, a.user_id, u.nickname, u.status AS user_status,
                  a.role_code, a.phone, a.employee_number, a.status, a.review_note,
                  r.nickname AS "reviewer_name?", a.reviewed_at, a.created_at
           FROM auth.applications a
           JOIN biz.sites s ON s.site_id = a.site_id
           JOIN auth.users u ON u.id = a.user_id
           LEFT JOIN auth.users r ON r.id = a.reviewer_id
           WHERE a.id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await?)
}

/// Locks an application: of two reviewers, the second waits and then finds it decided.
pub async fn lock(connection: &mut PgConnection, id: i64) -> Result<Option<Locked>, StoreError> {
    let row = sqlx::query!(
        "SELECT site_id, user_id, role_code, status FROM auth.applications WHERE id = $1 FOR UPDATE",
        id
    )
    .fetch_optional(connection)
    .await?;
    let unreadable =
        |e: &dyn ToString| StoreError::unreadable(format!("auth.applications {id}"), e.to_string());
    row.map(|row| {
        Ok(Locked {
            id,
            site: SiteId(row.site_id),
            user_id: row.user_id,
            role: row.role_code.parse().map_err(|e: domain::accounts::role::NoRole| unreadable(&e))?,
            status: row.status.parse().map_err(|e: domain::accounts::status::NoStatus| unreadable(&e))?,
        })
    })
    .transpose()
}

/// Makes a pending application; a conflict when one is pending at that site already.
pub async fn insert(
    connection: &mut PgConnection,
    site: SiteId,
    user_id: i64,
    role: Role,
    phone: &str,
    employee_number: Option<&str>,
) -> Result<i64, StoreError> {
    sqlx::query_scalar!(
        "INSERT INTO auth.applications (site_id, user_id, role_code, phone, employee_number)
         VALUES ($1, $2, $3, $4, $5) RETURNING id",
        site.0,
        user_id,
        role.as_str(),
        phone,
        employee_number
    )
    .fetch_one(connection)
    .await
    .map_err(|e| {
        StoreError::on_constraint(e, "applications_one_pending", || {
            StoreError::Conflict("an application is pending at this site".into())
        })
    })
}

/// Writes a decision down.
pub async fn decide(
    connection: &mut PgConnection,
    application: &Locked,
    status: ApplicationStatus,
    reviewer_id: i64,
    note: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE auth.applications
         SET status = $3, reviewer_id = $4, review_note = $5, reviewed_at = now(), updated_at = now()
         WHERE site_id = $1 AND id = $2",
        application.site.0,
        application.id,
        status.as_str(),
        reviewer_id,
        note
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the user waits for an answer to another application than this one.
pub async fn waits_elsewhere(
    connection: &mut PgConnection,
    user_id: i64,
    beside: i64,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM auth.applications WHERE user_id = $1 AND id <> $2 AND status = 'pending'
           ) AS "waits!""#,
        user_id,
        beside
    )
    .fetch_one(connection)
    .await?)
}

/// What became of the user's newest application; a pending one counts before all others.
pub async fn newest_status(
    connection: &mut PgConnection,
    user_id: i64,
) -> Result<Option<ApplicationStatus>, StoreError> {
    let status = sqlx::query_scalar!(
        "SELECT status FROM auth.applications WHERE user_id = $1 ORDER BY status = 'pending' DESC, id DESC LIMIT 1",
        user_id
    )
    .fetch_optional(connection)
    .await?;
    status
        .map(|s| {
            s.parse().map_err(|e| StoreError::unreadable(format!("auth.applications of user {user_id}"), e))
        })
        .transpose()
}
