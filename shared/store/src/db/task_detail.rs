//! One task with what belongs to it. Everything but the task itself may fail alone: it is read in a savepoint, cut off
//! after a time of its own, and the transaction stays usable.
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    clue::{self, ClueRow},
    note::Note,
    task_list::ListedTask,
};
use crate::{SiteTx, StoreError};

/// The task of that id, whatever its status. It may be read after the same transaction has changed it.
pub async fn task(tx: &mut SiteTx, id: i64) -> Result<Option<ListedTask>, StoreError> {
    let ctx = tx.ctx;
    let row = sqlx::query!(
        r#"SELECT assistant_id AS "assistant_id!", member_id AS "member_id!", task_type AS "task_type!", status AS "status!",
                is_pinned AS "is_pinned!", priority_score, expires_at, created_at AS "created_at!", abandon_reason,
                reason::text AS reason
         FROM biz.tasks_at_moment($1, $3) WHERE id = $2"#,
        ctx.site_id.0,
        id,
        ctx.horizon()
    )
    .fetch_optional(tx.connection())
    .await?;
    let unreadable = |why: &dyn std::fmt::Display| {
        StoreError::unreadable(format!("biz.coach_tasks {id} of site {}", ctx.site_id), why)
    };
    row.map(|row| {
        Ok(ListedTask {
            id,
            assistant_id: row.assistant_id,
            member_id: row.member_id,
            task_type: row.task_type.parse().map_err(|e| unreadable(&e))?,
            status: row.status.parse().map_err(|e| unreadable(&e))?,
            is_pinned: row.is_pinned,
            priority_score: row
                .priority_score
                .map(domain::Index::new)
                .transpose()
                .map_err(|e| unreadable(&e))?,
            expires_at: row.expires_at,
            created_at: row.created_at,
            abandon_reason: row.abandon_reason,
            reason: row.reason.and_then(|json| super::task_list::read_reason(&ctx, id, &json)),
        })
    })
    .transpose()
}

/// One change of a task.
#[derive(Clone, Debug)]
pub struct TaskEvent {
    /// History row.
    pub id: i64,
    /// created, pinned, abandoned, …
    pub action: String,
    /// Status before; `None` when it was made.
    pub old_status: Option<String>,
    /// Status after.
    pub new_status: Option<String>,
    /// Type before.
    pub old_task_type: Option<String>,
    /// Type after.
    pub new_task_type: Option<String>,
    /// Nickname of who did it; `None` = the system.
    pub actor_name: Option<String>,
    /// What else changed, before and after.
    pub detail: Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The task's history, oldest first.
pub async fn history(tx: &mut SiteTx, id: i64, timeout: Duration) -> Result<Vec<TaskEvent>, StoreError> {
    let (site, horizon) = (tx.ctx.site_id, tx.ctx.horizon());
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query_as!(
        TaskEvent,
        r#"SELECT h.id, h.action, h.old_status, h.new_status, h.old_task_type, h.new_task_type,
                  u.nickname AS "actor_name?", h.detail, h.created_at
           FROM biz.coach_task_history h
           LEFT JOIN auth.users u ON u.id = h.actor_user_id
           WHERE h.site_id = $1 AND h.task_id = $2 AND h.created_at < $3
           ORDER BY h.created_at, h.id"#,
        site.0,
        id,
        horizon
    )
    .fetch_all(module)
    .await;
    tx.leave_part(rows).await
}

/// Notes that were written for the task, newest first; at most `limit`.
pub async fn notes(tx: &mut SiteTx, id: i64, limit: i64, timeout: Duration) -> Result<Vec<Note>, StoreError> {
    let (site, horizon) = (tx.ctx.site_id, tx.ctx.horizon());
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query_as!(
        Note,
        r#"SELECT n.id AS "id!", n.type AS "note_type!", n.content, n.rating_service_willingness, n.rating_revisit_likelihood, n.score,
                  n.ai_score, n.ai_analysis, u.nickname AS "author_name?", n.created_at AS "created_at!",
                  n.removed AS "removed!"
           FROM biz.notes_at($1, $4) n
           LEFT JOIN auth.users u ON u.id = n.user_id
           WHERE n.task_id = $2
           ORDER BY n.created_at DESC, n.id DESC
           LIMIT $3"#,
        site.0,
        id,
        limit,
        horizon
    )
    .fetch_all(module)
    .await;
    tx.leave_part(rows).await
}

/// What AI application 5 last suggested to say to the member: `points` of its answer, in order.
pub async fn talking_points(
    tx: &mut SiteTx,
    assistant_id: i64,
    member_id: i64,
    timeout: Duration,
) -> Result<Vec<String>, StoreError> {
    let ctx = tx.ctx;
    let module = tx.enter_part(timeout).await?;
    let points = sqlx::query_scalar!(
        r#"SELECT point AS "point!"
           FROM biz.ai_cache c
           CROSS JOIN LATERAL jsonb_array_elements_text(
               CASE WHEN jsonb_typeof(c.cache_value -> 'points') = 'array' THEN c.cache_value -> 'points' ELSE '[]' END
           ) WITH ORDINALITY AS p (point, place)
           WHERE c.site_id = $1 AND c.cache_type = 'app5_talking_points' AND c.target_id = $2
             AND (c.expires_at IS NULL OR c.expires_at > $3) AND c.updated_at < $4 AND point IS NOT NULL
           ORDER BY place"#,
        ctx.site_id.0,
        format!("{assistant_id}:{member_id}"),
        ctx.now,
        ctx.horizon()
    )
    .fetch_all(module)
    .await;
    tx.leave_part(points).await
}

/// The member's retention clues, newest edit first; at most `limit`.
pub async fn clues(
    tx: &mut SiteTx,
    member_id: i64,
    limit: i64,
    timeout: Duration,
) -> Result<Vec<ClueRow>, StoreError> {
    let ctx = tx.ctx;
    let module = tx.enter_part(timeout).await?;
    let clues = clue::page(module, &ctx, member_id, 0, limit).await;
    let (clues, _) = tx.leave_part(clues).await?;
    Ok(clues)
}
