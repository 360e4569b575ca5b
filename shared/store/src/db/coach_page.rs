//! What the page of a coach asks of tasks and notes. Each is a part that may fail alone: it is cut off after a time of
//! its own, and the transaction stays usable.
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{
    Calendar,
    coaching::TaskGroup,
    notes::NoteTarget,
    tasks::{TaskStatus, TaskType},
};

use super::note::{self, Note};
use crate::{SiteTx, StoreError};

/// A task as the page lists it.
#[derive(Clone, Debug)]
pub struct CoachTask {
    /// Task.
    pub id: i64,
    /// Its member.
    pub member_id: i64,
    /// What to do.
    pub task_type: TaskType,
    /// Active, inactive or abandoned.
    pub status: TaskStatus,
    /// Pinned to the top.
    pub is_pinned: bool,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// Why it was given up.
    pub abandon_reason: Option<String>,
    /// Tasks of this status, of which the page lists the first ones.
    pub of_status: i64,
}

/// The coach's active tasks in list order, then the inactive and the abandoned ones, newest first; of each status at
/// most so many as `limit` says.
pub async fn tasks(
    tx: &mut SiteTx,
    assistant_id: i64,
    limit: fn(TaskGroup) -> i64,
    timeout: Duration,
) -> Result<Vec<CoachTask>, StoreError> {
    let (site, horizon) = (tx.ctx.site_id, tx.ctx.horizon());
    let statuses: Vec<String> = TaskGroup::ALL.iter().map(|group| group.status().to_string()).collect();
    let limits: Vec<i64> = TaskGroup::ALL.iter().map(|group| limit(*group)).collect();
    let module = tx.enter_part(timeout).await?;
    let rows =
        sqlx::query_file!("queries/coach_tasks.sql", site.0, assistant_id, &statuses, &limits, horizon)
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
                member_id: row.member_id,
                task_type: row.task_type.parse().map_err(|e| unreadable(&e))?,
                status: row.status.parse().map_err(|e| unreadable(&e))?,
                is_pinned: row.is_pinned,
                created_at: row.created_at,
                abandon_reason: row.abandon_reason,
                of_status: row.of_status,
            })
        })
        .collect()
}

/// The newest notes of each of these tasks, by task, newest first: (task, note), of each task at most `each`.
pub async fn notes_of_tasks(
    tx: &mut SiteTx,
    tasks: &[i64],
    each: i64,
    timeout: Duration,
) -> Result<Vec<(i64, Note)>, StoreError> {
    let (site, horizon) = (tx.ctx.site_id, tx.ctx.horizon());
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query_file!("queries/notes_of_tasks.sql", site.0, tasks, each, horizon)
        .map(|row| {
            let note = Note {
                id: row.id,
                note_type: row.note_type,
                content: row.content,
                rating_service_willingness: row.rating_service_willingness,
                rating_revisit_likelihood: row.rating_revisit_likelihood,
                score: row.score,
                ai_score: row.ai_score,
                ai_analysis: row.ai_analysis,
                author_name: row.author_name,
                created_at: row.created_at,
                removed: row.removed,
            };
            (row.task_id, note)
        })
        .fetch_all(module)
        .await;
    tx.leave_part(rows).await
}

/// The newest notes on the coach, newest first; at most `limit`.
pub async fn notes(
    tx: &mut SiteTx,
    assistant_id: i64,
    limit: i64,
    timeout: Duration,
) -> Result<Vec<Note>, StoreError> {
    let ctx = tx.ctx;
    let module = tx.enter_part(timeout).await?;
    let notes = note::page(module, &ctx, NoteTarget::Coach(assistant_id), 0, limit).await;
    let (notes, _) = tx.leave_part(notes).await?;
    Ok(notes)
}

/// Tasks that a coach has done in a business month, by the type that they had then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDone {
    /// First day.
    pub month: NaiveDate,
    /// All of them.
    pub tasks: i64,
    /// Recalls of either kind.
    pub recalls: i64,
    /// Follow-ups.
    pub follow_ups: i64,
}

/// Of the months from the first to the last one (any dates in them), those in which the coach has done a task, by month.
/// A month is that of `completed_at`.
pub async fn done_by_month(
    tx: &mut SiteTx,
    assistant_id: i64,
    (first, last): (NaiveDate, NaiveDate),
    timeout: Duration,
) -> Result<Vec<MonthDone>, StoreError> {
    let ctx = tx.ctx;
    let last = (Calendar::next_month(last) - Days::new(1)).min(ctx.today());
    let span = ctx.calendar.range(Calendar::month_of(first), last);
    let module = tx.enter_part(timeout).await?;
    let months = sqlx::query_as!(
        MonthDone,
        r#"SELECT date_trunc('month', (completed_at AT TIME ZONE $5::text) - make_interval(hours => $6::integer))::date
                      AS "month!",
                  count(*) AS "tasks!",
                  count(*) FILTER (WHERE completed_task_type IN ('high_priority_recall', 'priority_recall')) AS "recalls!",
                  count(*) FILTER (WHERE completed_task_type = 'follow_up_visit') AS "follow_ups!"
           FROM biz.tasks_at_moment($1, $7)
           WHERE assistant_id = $2 AND status = 'completed' AND completed_at >= $3 AND completed_at < $4
           GROUP BY 1
           ORDER BY 1"#,
        ctx.site_id.0,
        assistant_id,
        span.start,
        span.end,
        ctx.calendar.zone().name(),
        i32::from(ctx.calendar.cutoff_hour()),
        ctx.horizon()
    )
    .fetch_all(module)
    .await;
    tx.leave_part(months).await
}
