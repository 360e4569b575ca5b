//! `public.member_retention_clue` and what its rows said before.
use chrono::{DateTime, Utc};
use domain::{RuntimeContext, clues::Clue};
use sqlx::PgConnection;

use crate::StoreError;

/// A clue as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClueRow {
    /// Clue.
    pub id: i64,
    /// Member.
    pub member_id: i64,
    /// Kind of clue.
    pub category: String,
    /// In one line.
    pub summary: String,
    /// At length.
    pub detail: Option<String>,
    /// manual or ai.
    pub source: String,
    /// Nickname of who wrote this version; `None` for the AI's.
    pub recorded_by: Option<String>,
    /// Rises with every edit.
    pub version: i32,
    /// First written.
    pub created_at: DateTime<Utc>,
    /// This version stands since.
    pub updated_at: DateTime<Utc>,
}

/// A page of a member's clues, newest edit first, and how many there are. One statement.
pub async fn page(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    member_id: i64,
    offset: i64,
    limit: i64,
) -> Result<(Vec<ClueRow>, i64), StoreError> {
    let rows = sqlx::query!(
        r#"SELECT found.total AS "total!", c.id AS "id?", c.category AS "category?", c.summary AS "summary?", c.detail,
                  c.source AS "source?", u.nickname AS "recorded_by?", c.version AS "version?",
                  c.created_at AS "created_at?", c.updated_at AS "updated_at?"
           FROM (
               SELECT count(*) FROM biz.clues_at($1, $5) WHERE member_id = $2
           ) AS found (total)
           LEFT JOIN LATERAL (
               SELECT id, category, summary, detail, source, recorded_by, version, created_at, updated_at
               FROM biz.clues_at($1, $5)
               WHERE member_id = $2
               ORDER BY updated_at DESC, id DESC
               LIMIT $3 OFFSET $4
           ) AS c ON true
           LEFT JOIN auth.users u ON u.id = c.recorded_by
           ORDER BY c.updated_at DESC, c.id DESC"#,
        ctx.site_id.0,
        member_id,
        limit,
        offset,
        ctx.horizon()
    )
    .fetch_all(connection)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let clues = rows
        .into_iter()
        .filter_map(|row| {
            Some(ClueRow {
                id: row.id?,
                member_id,
                category: row.category?,
                summary: row.summary?,
                detail: row.detail,
                source: row.source?,
                recorded_by: row.recorded_by,
                version: row.version?,
                created_at: row.created_at?,
                updated_at: row.updated_at?,
            })
        })
        .collect();
    Ok((clues, total))
}

/// The clue of that id at the context's site.
pub async fn one(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<Option<ClueRow>, StoreError> {
    Ok(sqlx::query_as!(
        ClueRow,
        r#"SELECT c.id AS "id!", c.member_id AS "member_id!", c.category AS "category!", c.summary AS "summary!", c.detail,
                  c.source AS "source!", u.nickname AS "recorded_by?", c.version AS "version!",
                  c.created_at AS "created_at!", c.updated_at AS "updated_at!"
           FROM biz.clues_at($1, $3) c
           LEFT JOIN auth.users u ON u.id = c.recorded_by
           WHERE c.id = $2"#,
        ctx.site_id.0,
        id,
        ctx.horizon()
    )
    .fetch_optional(connection)
    .await?)
}

/// The version of a clue, which is locked until the transaction ends.
pub async fn lock(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<Option<i32>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT version FROM public.member_retention_clue WHERE site_id = $1 AND id = $2 FOR UPDATE",
        ctx.site_id.0,
        id
    )
    .fetch_optional(connection)
    .await?)
}

/// Writes a clue of a person; answers its id.
pub async fn insert(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    member_id: i64,
    clue: &Clue,
    user_id: i64,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        "INSERT INTO public.member_retention_clue
             (site_id, member_id, category, summary, detail, source, recorded_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'manual', $6, $7, $7)
         RETURNING id",
        ctx.site_id.0,
        member_id,
        clue.category(),
        clue.summary(),
        clue.detail(),
        user_id,
        ctx.now
    )
    .fetch_one(connection)
    .await?)
}

/// Keeps what the clue says now among its versions, up to this moment.
pub async fn keep_version(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO public.member_retention_clue_version
             (site_id, clue_id, version, member_id, category, summary, detail, source, recorded_by, valid_from, valid_to)
         SELECT site_id, id, version, member_id, category, summary, detail, source, recorded_by, updated_at,
                greatest($3, updated_at)
         FROM public.member_retention_clue WHERE site_id = $1 AND id = $2",
        ctx.site_id.0,
        id,
        ctx.now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The clue says something else from now on.
pub async fn update(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
    clue: &Clue,
    user_id: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE public.member_retention_clue
         SET category = $3, summary = $4, detail = $5, source = 'manual', recorded_by = $6, version = version + 1,
             updated_at = greatest($7, updated_at)
         WHERE site_id = $1 AND id = $2",
        ctx.site_id.0,
        id,
        clue.category(),
        clue.summary(),
        clue.detail(),
        user_id,
        ctx.now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the clue; its versions stay.
pub async fn delete(connection: &mut PgConnection, ctx: &RuntimeContext, id: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM public.member_retention_clue WHERE site_id = $1 AND id = $2",
        ctx.site_id.0,
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}
