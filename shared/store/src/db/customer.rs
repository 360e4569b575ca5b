//! What the business database says of a member. Each is a part of a page that may fail alone: it is cut off after a
//! time of its own, and the transaction stays usable; [`tasked`] is a core read.
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    ai_cache::{AiTarget, Insight},
    notes::NoteTarget,
    tasks::{TaskStatus, TaskType},
};

use super::{
    ai_cache,
    note::{self, Note},
};
use crate::{SiteTx, StoreError};

/// A coach's newest task for a member.
#[derive(Clone, Debug)]
pub struct CoachTask {
    /// Task.
    pub id: i64,
    /// Its coach.
    pub assistant_id: i64,
    /// What to do.
    pub task_type: TaskType,
    /// Where it stands.
    pub status: TaskStatus,
    /// Made.
    pub created_at: DateTime<Utc>,
}

/// Of every coach who ever had a task for the member the newest one; active ones first, then the newest.
pub async fn coach_tasks(
    tx: &mut SiteTx,
    member_id: i64,
    timeout: Duration,
) -> Result<Vec<CoachTask>, StoreError> {
    let (site, horizon) = (tx.ctx.site_id, tx.ctx.horizon());
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", assistant_id AS "assistant_id!", task_type AS "task_type!", status AS "status!",
                created_at AS "created_at!"
         FROM (
             SELECT DISTINCT ON (assistant_id) id, assistant_id, task_type, status, created_at
             FROM biz.tasks_at_moment($1, $3)
             WHERE member_id = $2
             ORDER BY assistant_id, created_at DESC, id DESC
         ) AS newest
         ORDER BY (status = 'active') DESC, created_at DESC, id DESC"#,
        site.0,
        member_id,
        horizon
    )
    .fetch_all(module)
    .await;
    tx.leave_part(rows)
        .await?
        .into_iter()
        .map(|row| {
            let unreadable = |why: &dyn std::fmt::Display| {
                StoreError::unreadable(format!("biz.coach_tasks {} of site {site}", row.id), why)
            };
            Ok(CoachTask {
                id: row.id,
                assistant_id: row.assistant_id,
                task_type: row.task_type.parse().map_err(|e| unreadable(&e))?,
                status: row.status.parse().map_err(|e| unreadable(&e))?,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// What AI application 4 last said of the member; `None`: nothing, or nothing that can be shown.
pub async fn insight(
    tx: &mut SiteTx,
    member_id: i64,
    timeout: Duration,
) -> Result<Option<Insight>, StoreError> {
    let ctx = tx.ctx;
    let module = tx.enter_part(timeout).await?;
    let kept = ai_cache::one(module, &ctx, AiTarget::Analysis(member_id)).await;
    let kept = tx.leave_part(kept).await?;
    Ok(kept.and_then(|kept| Insight::read(&kept.value)))
}

/// The newest notes on the member, newest first; at most `limit`.
pub async fn notes(
    tx: &mut SiteTx,
    member_id: i64,
    limit: i64,
    timeout: Duration,
) -> Result<Vec<Note>, StoreError> {
    let ctx = tx.ctx;
    let module = tx.enter_part(timeout).await?;
    let notes = note::page(module, &ctx, NoteTarget::Member(member_id), 0, limit).await;
    let (notes, _) = tx.leave_part(notes).await?;
    Ok(notes)
}

/// Members for whom the coach has an active or abandoned task: one of the two ways to be paired. Each once, by id.
pub async fn tasked(tx: &mut SiteTx, assistant_id: i64) -> Result<Vec<i64>, StoreError> {
    let (site, horizon) = (tx.ctx.site_id, tx.ctx.horizon());
    Ok(sqlx::query_scalar!(
        r#"SELECT DISTINCT member_id AS "member_id!"
         FROM biz.tasks_at_moment($1, $3)
         WHERE assistant_id = $2 AND status IN ('active', 'abandoned')
         ORDER BY 1"#,
        site.0,
        assistant_id,
        horizon
    )
    .fetch_all(tx.connection())
    .await?)
}
