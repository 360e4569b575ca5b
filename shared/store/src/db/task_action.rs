//! What people do to one task: its row locked, changed, and told in history.
use chrono::{DateTime, Utc};
use domain::{
    RuntimeContext, SiteId,
    tasks::{
        TaskStatus, TaskType,
        action::{Change, HandOver},
    },
};
use serde_json::Value;
use sqlx::PgConnection;

use crate::StoreError;

/// Holds the rule "one active task per coach, member and type".
pub const ONE_ACTIVE: &str = "idx_coach_tasks_site_assistant_member_type";

/// A task, locked.
#[derive(Clone, Debug)]
pub struct Held {
    /// Task.
    pub id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Type.
    pub task_type: TaskType,
    /// Where it stands.
    pub status: TaskStatus,
    /// Pinned to the top.
    pub is_pinned: bool,
    /// Why it was given up.
    pub abandon_reason: Option<String>,
    /// Its newest change: what follows is not dated before it, whichever transaction began first.
    pub changed_at: DateTime<Utc>,
}

/// Waits for a generator of the site to end, and keeps the next one waiting: who makes a task for another pair while
/// holding one must not meet a generator half-way.
pub async fn keep_generator_out(connection: &mut PgConnection, site: SiteId) -> Result<(), StoreError> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock_shared(hashtextextended('zqyy.task_generator', $1)) AS locked",
        site.0
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// The task of that id at the context's site, locked until the transaction ends.
pub async fn lock(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<Option<Held>, StoreError> {
    let row = sqlx::query!(
        "SELECT assistant_id, member_id, task_type, status, is_pinned, abandon_reason, updated_at
         FROM biz.coach_tasks WHERE site_id = $1 AND id = $2 FOR UPDATE",
        ctx.site_id.0,
        id
    )
    .fetch_optional(connection)
    .await?;
    let unreadable = |why: &dyn std::fmt::Display| {
        StoreError::unreadable(format!("biz.coach_tasks {id} of site {}", ctx.site_id), why)
    };
    row.map(|row| {
        Ok(Held {
            id,
            assistant_id: row.assistant_id,
            member_id: row.member_id,
            task_type: row.task_type.parse().map_err(|e| unreadable(&e))?,
            status: row.status.parse().map_err(|e| unreadable(&e))?,
            is_pinned: row.is_pinned,
            abandon_reason: row.abandon_reason,
            changed_at: row.updated_at,
        })
    })
    .transpose()
}

/// Whether the coach has an active task of that type for the member.
pub async fn has_active(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    (assistant_id, member_id, task_type): (i64, i64, TaskType),
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM biz.coach_tasks
               WHERE site_id = $1 AND assistant_id = $2 AND member_id = $3 AND task_type = $4 AND status = 'active'
           ) AS "found!""#,
        ctx.site_id.0,
        assistant_id,
        member_id,
        task_type.as_str()
    )
    .fetch_one(connection)
    .await?)
}

/// Whether the coach is bound to an approved user of the site; the binding stays until the transaction ends.
pub async fn is_bound(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    assistant_id: i64,
) -> Result<bool, StoreError> {
    let status = sqlx::query_scalar!(
        "SELECT u.status
         FROM auth.user_assistant_binding b
         JOIN auth.users u ON u.id = b.user_id
         WHERE b.site_id = $1 AND b.assistant_id = $2
         FOR SHARE OF b",
        ctx.site_id.0,
        assistant_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(status.as_deref() == Some("approved"))
}

/// Writes the change and its one history row.
pub async fn save(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    held: &Held,
    change: &Change,
    actor: Option<i64>,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE biz.coach_tasks SET status = $4, is_pinned = $5, abandon_reason = $6, updated_at = $2
             WHERE site_id = $1 AND id = $3
             RETURNING id, task_type
         )
         INSERT INTO biz.coach_task_history
             (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, actor_user_id, detail,
              created_at)
         SELECT $1, id, $7, $8, $4, task_type, task_type, $9, $10, $2 FROM changed",
        ctx.site_id.0,
        ctx.now.max(held.changed_at),
        held.id,
        change.status.as_str(),
        change.is_pinned,
        change.abandon_reason.as_deref(),
        change.action.as_str(),
        held.status.as_str(),
        actor,
        detail
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Hands the task over: transferred here, an active successor there with its score and reason, history on both; the
/// successor's id.
pub async fn hand_over(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    held: &Held,
    hand: &HandOver,
    actor: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_file_scalar!(
        "queries/task_hand_over.sql",
        ctx.site_id.0,
        ctx.now.max(held.changed_at),
        held.id,
        hand.to,
        hand.reason.as_str(),
        actor
    )
    .fetch_one(connection)
    .await
}

/// Completes a task that is active, with its history row; whether it was. `by` says what did it.
pub async fn complete(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    task_id: i64,
    by: &Value,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "WITH done AS (
             UPDATE biz.coach_tasks
             SET status = 'completed', completed_at = greatest($2, updated_at), completed_task_type = task_type,
                 updated_at = greatest($2, updated_at)
             WHERE site_id = $1 AND id = $3 AND status = 'active'
             RETURNING id, task_type, updated_at
         )
         INSERT INTO biz.coach_task_history
             (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, detail, created_at)
         SELECT $1, id, 'completed', 'active', 'completed', task_type, task_type, $4, updated_at FROM done",
        ctx.site_id.0,
        ctx.now,
        task_id,
        by
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
