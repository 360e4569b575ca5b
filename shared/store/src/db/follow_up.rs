//! Follow-ups of completed recalls.
use chrono::{DateTime, Utc};
use domain::{Calendar, RuntimeContext, tasks::TaskStatus};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::{StoreError, operations::task::follow_up::RecallCompleted};

/// A completed recall.
#[derive(Clone, Copy, Debug)]
pub struct Recall {
    /// Task.
    pub id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Handed on to the follow-up.
    pub priority_score: Option<Decimal>,
}

/// A note that became a follow-up.
#[derive(Clone, Copy, Debug)]
pub struct Reclassified {
    /// Note.
    pub id: i64,
    /// Its score, if it has one.
    pub ai_score: Option<Decimal>,
}

/// The completed recall of that id at the context's site, locked.
pub async fn lock_recall(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<Option<Recall>, StoreError> {
    Ok(sqlx::query_as!(
        Recall,
        "SELECT id, assistant_id, member_id, priority_score
         FROM biz.coach_tasks
         WHERE site_id = $1 AND id = $2 AND status = 'completed'
           AND completed_task_type IN ('high_priority_recall', 'priority_recall')
         FOR UPDATE",
        ctx.site_id.0,
        id
    )
    .fetch_optional(connection)
    .await?)
}

/// The recall's follow-up, if it has one.
pub async fn follow_up_of(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    recall: i64,
) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT id FROM biz.coach_tasks
         WHERE site_id = $1 AND parent_task_id = $2 AND task_type = 'follow_up_visit'",
        ctx.site_id.0,
        recall
    )
    .fetch_optional(connection)
    .await?)
}

/// The note that [`reclassify_first_note`] would take now.
pub async fn first_note(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    recall: &Recall,
    service_time: DateTime<Utc>,
) -> Result<Option<Reclassified>, StoreError> {
    Ok(sqlx::query_as!(
        Reclassified,
        "SELECT id, ai_score FROM biz.notes
         WHERE site_id = $1 AND target_type = 'member' AND target_id = $3 AND assistant_id = $2
           AND type = 'normal' AND created_at > $4
         ORDER BY created_at, id
         LIMIT 1",
        ctx.site_id.0,
        recall.assistant_id,
        recall.member_id,
        service_time
    )
    .fetch_optional(connection)
    .await?)
}

/// The coach's first normal note on the member after the service becomes `follow_up`.
pub async fn reclassify_first_note(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    recall: &Recall,
    service_time: DateTime<Utc>,
) -> Result<Option<Reclassified>, StoreError> {
    Ok(sqlx::query_as!(
        Reclassified,
        "UPDATE biz.notes SET type = 'follow_up', reclassified_at = $2, updated_at = $2
         WHERE site_id = $1 AND id = (
             SELECT id FROM biz.notes
             WHERE site_id = $1 AND target_type = 'member' AND target_id = $4 AND assistant_id = $3
               AND type = 'normal' AND created_at > $5
             ORDER BY created_at, id
             LIMIT 1
             FOR UPDATE)
         RETURNING id, ai_score",
        ctx.site_id.0,
        ctx.now,
        recall.assistant_id,
        recall.member_id,
        service_time
    )
    .fetch_optional(connection)
    .await?)
}

/// A newer follow-up takes the place of the pair's active one.
pub async fn supersede(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    recall: &Recall,
) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "WITH old AS (
             UPDATE biz.coach_tasks SET status = 'inactive', updated_at = $2
             WHERE site_id = $1 AND assistant_id = $3 AND member_id = $4
               AND task_type = 'follow_up_visit' AND status = 'active'
             RETURNING id, task_type
         )
         INSERT INTO biz.coach_task_history
             (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, detail, created_at)
         SELECT $1, id, 'superseded', 'active', 'inactive', task_type, task_type,
                jsonb_build_object('recallTaskId', $5::bigint), $2
         FROM old",
        ctx.site_id.0,
        ctx.now,
        recall.assistant_id,
        recall.member_id,
        recall.id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Makes the follow-up, active or already completed, with its history row; links the note to it.
pub async fn insert(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    recall: &Recall,
    status: TaskStatus,
    note: Option<i64>,
) -> Result<i64, StoreError> {
    let completed = status == TaskStatus::Completed;
    let id = sqlx::query_scalar!(
        "WITH made AS (
             INSERT INTO biz.coach_tasks
                 (site_id, assistant_id, member_id, task_type, status, priority_score, parent_task_id,
                  completed_at, completed_task_type, created_at, updated_at)
             VALUES ($1, $3, $4, 'follow_up_visit', $5, $6, $7,
                     CASE WHEN $8 THEN $2::timestamptz END, CASE WHEN $8 THEN 'follow_up_visit' END, $2, $2)
             RETURNING id
         ), history AS (
             INSERT INTO biz.coach_task_history
                 (site_id, task_id, action, new_status, new_task_type, detail, created_at)
             SELECT $1, id, 'created', $5, 'follow_up_visit',
                    jsonb_build_object('recallTaskId', $7::bigint, 'noteId', $9::bigint), $2
             FROM made
         )
         SELECT id AS \"id!\" FROM made",
        ctx.site_id.0,
        ctx.now,
        recall.assistant_id,
        recall.member_id,
        status.as_str(),
        recall.priority_score,
        recall.id,
        completed,
        note
    )
    .fetch_one(&mut *connection)
    .await?;
    if let Some(note) = note {
        sqlx::query!(
            "UPDATE biz.notes SET task_id = $3 WHERE site_id = $1 AND id = $2 AND task_id IS NULL",
            ctx.site_id.0,
            note,
            id
        )
        .execute(connection)
        .await?;
    }
    Ok(id)
}

/// Recalls of the last 30 business dates that have no follow-up, and that no note completed: a note is one. The service is known by its time alone: `service_id` 0.
pub async fn unanswered(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
) -> Result<Vec<RecallCompleted>, StoreError> {
    let (first, _) = Calendar::last_days(ctx.today(), 30);
    Ok(sqlx::query_as!(
        RecallCompleted,
        r#"SELECT t.site_id, t.assistant_id, t.member_id, t.id AS task_id, 0::bigint AS "service_id!",
                  t.completed_at AS "service_time!"
           FROM biz.coach_tasks t
           WHERE t.site_id = $1 AND t.status = 'completed' AND t.completed_at >= $2
             AND t.completed_task_type IN ('high_priority_recall', 'priority_recall')
             AND NOT EXISTS (
                 SELECT FROM biz.coach_tasks f
                 WHERE f.site_id = $1 AND f.parent_task_id = t.id AND f.task_type = 'follow_up_visit')
             AND NOT EXISTS (
                 SELECT FROM biz.coach_task_history h
                 WHERE h.site_id = $1 AND h.task_id = t.id AND h.action = 'completed' AND h.detail ? 'noteId')
           ORDER BY t.completed_at, t.id"#,
        ctx.site_id.0,
        ctx.calendar.start_of(first)
    )
    .fetch_all(connection)
    .await?)
}
