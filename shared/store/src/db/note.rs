//! `biz.notes`.
use chrono::{DateTime, Utc};
use domain::{
    RuntimeContext,
    notes::{Content, LinkedTask, NoteTarget, NoteType, Rating},
};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::StoreError;

/// A note as it is stored, with its author's name.
#[derive(Clone, Debug)]
pub struct Note {
    /// Note.
    pub id: i64,
    /// normal or follow_up.
    pub note_type: String,
    /// 1–2000 characters; `None`: deleted since.
    pub content: Option<String>,
    /// 1–5.
    pub rating_service_willingness: Option<i16>,
    /// 1–5.
    pub rating_revisit_likelihood: Option<i16>,
    /// 1–5.
    pub score: Option<i16>,
    /// 1–10, of AI application 6.
    pub ai_score: Option<Decimal>,
    /// Its words.
    pub ai_analysis: Option<String>,
    /// The author's nickname.
    pub author_name: Option<String>,
    /// Business time.
    pub created_at: DateTime<Utc>,
    /// Deleted since: only as of a past date is its place still there.
    pub removed: bool,
}

/// A note to be written; every value is checked by its type.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// What it is about.
    pub target: NoteTarget,
    /// What it says.
    pub content: Content,
    /// Task it is written for.
    pub task_id: Option<i64>,
    /// How willing the member was.
    pub rating_service_willingness: Option<Rating>,
    /// How likely the member is to come back.
    pub rating_revisit_likelihood: Option<Rating>,
    /// Overall.
    pub score: Option<Rating>,
}

/// The task that a note wants to be linked to; `None`: not at this site.
pub async fn linked_task(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    task_id: i64,
) -> Result<Option<LinkedTask>, StoreError> {
    let row = sqlx::query!(
        "SELECT assistant_id, member_id, task_type FROM biz.coach_tasks WHERE site_id = $1 AND id = $2",
        ctx.site_id.0,
        task_id
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let task_type = row.task_type.parse().map_err(|e| {
            StoreError::unreadable(format!("biz.coach_tasks {task_id} of site {}", ctx.site_id), e)
        })?;
        Ok(LinkedTask { assistant_id: row.assistant_id, member_id: row.member_id, task_type })
    })
    .transpose()
}

/// Whether the coach has an active or abandoned task for the member: one of the two ways to be paired.
pub async fn has_open_task(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    assistant_id: i64,
    member_id: i64,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM biz.tasks_at_moment($1, $4)
               WHERE assistant_id = $2 AND member_id = $3 AND status IN ('active', 'abandoned')
           ) AS "found!""#,
        ctx.site_id.0,
        assistant_id,
        member_id,
        ctx.horizon()
    )
    .fetch_one(connection)
    .await?)
}

/// Writes a note; answers its id.
pub async fn insert(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    author: (i64, Option<i64>),
    note: &NewNote,
    note_type: NoteType,
) -> Result<i64, StoreError> {
    let (user_id, assistant_id) = author;
    Ok(sqlx::query_scalar!(
        "INSERT INTO biz.notes (site_id, user_id, assistant_id, target_type, target_id, type, content,
             rating_service_willingness, rating_revisit_likelihood, score, task_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
         RETURNING id",
        ctx.site_id.0,
        user_id,
        assistant_id,
        note.target.type_str(),
        note.target.id(),
        note_type.as_str(),
        note.content.as_str(),
        note.rating_service_willingness.map(Rating::get),
        note.rating_revisit_likelihood.map(Rating::get),
        note.score.map(Rating::get),
        note.task_id,
        ctx.now
    )
    .fetch_one(connection)
    .await?)
}

/// Whose a note is, and what it is about.
#[derive(Clone, Debug)]
pub struct Written {
    /// Author.
    pub user_id: i64,
    /// member or coach.
    pub target_type: String,
    /// member_id or assistant_id.
    pub target_id: i64,
    /// normal or follow_up.
    pub note_type: String,
    /// Task it was written for.
    pub task_id: Option<i64>,
    /// Business time.
    pub created_at: DateTime<Utc>,
}

/// The note of that id at the context's site, locked until the transaction ends.
pub async fn lock(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<Option<Written>, StoreError> {
    Ok(sqlx::query_as!(
        Written,
        "SELECT user_id, target_type, target_id, type AS note_type, task_id, created_at
         FROM biz.notes WHERE site_id = $1 AND id = $2 FOR UPDATE",
        ctx.site_id.0,
        id
    )
    .fetch_optional(connection)
    .await?)
}

/// Deletes a note for good.
pub async fn delete(connection: &mut PgConnection, ctx: &RuntimeContext, id: i64) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM biz.notes WHERE site_id = $1 AND id = $2", ctx.site_id.0, id)
        .execute(connection)
        .await?;
    Ok(())
}

/// A page of the notes on a target, newest first, and how many there are. One statement.
pub async fn page(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    target: NoteTarget,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Note>, i64), StoreError> {
    let rows = sqlx::query!(
        r#"SELECT found.total AS "total!", n.id AS "id?", n.type AS "note_type?", n.content,
                  n.rating_service_willingness, n.rating_revisit_likelihood, n.score, n.ai_score, n.ai_analysis,
                  u.nickname, n.created_at AS "created_at?", n.removed AS "removed?"
           FROM (
               SELECT count(*) FROM biz.notes_at($1, $6) WHERE target_type = $2 AND target_id = $3
           ) AS found (total)
           LEFT JOIN LATERAL (
               SELECT id, user_id, type, content, rating_service_willingness, rating_revisit_likelihood, score,
                      ai_score, ai_analysis, created_at, removed
               FROM biz.notes_at($1, $6)
               WHERE target_type = $2 AND target_id = $3
               ORDER BY created_at DESC, id DESC
               LIMIT $4 OFFSET $5
           ) AS n ON true
           LEFT JOIN auth.users u ON u.id = n.user_id
           ORDER BY n.created_at DESC, n.id DESC"#,
        ctx.site_id.0,
        target.type_str(),
        target.id(),
        limit,
        offset,
        ctx.horizon()
    )
    .fetch_all(connection)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let notes = rows
        .into_iter()
        .filter_map(|row| {
            Some(Note {
                id: row.id?,
                note_type: row.note_type?,
                content: row.content,
                rating_service_willingness: row.rating_service_willingness,
                rating_revisit_likelihood: row.rating_revisit_likelihood,
                score: row.score,
                ai_score: row.ai_score,
                ai_analysis: row.ai_analysis,
                author_name: row.nickname,
                created_at: row.created_at?,
                removed: row.removed?,
            })
        })
        .collect();
    Ok((notes, total))
}
