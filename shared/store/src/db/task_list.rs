//! TASK-1: a coach's, or a whole site's, tasks by page.
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    Index, RuntimeContext,
    tasks::{TaskReason, TaskStatus, TaskType},
};

use crate::{SiteTx, StoreError};

/// Which tasks, and which page of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Coach; `None` = the whole site.
    pub assistant_id: Option<i64>,
    /// `None` = the active ones, then the abandoned ones.
    pub status: Option<TaskStatus>,
    /// `None` = every type.
    pub task_type: Option<TaskType>,
    /// Rows before the page.
    pub offset: i64,
    /// Rows on the page.
    pub limit: i64,
}

/// A page, and how many tasks match in all.
#[derive(Clone, Debug)]
pub struct TaskPage {
    /// In list order.
    pub tasks: Vec<ListedTask>,
    /// Of every page.
    pub total: i64,
}

/// A row of `biz.coach_tasks`.
#[derive(Clone, Debug)]
pub struct ListedTask {
    /// Task.
    pub id: i64,
    /// Its coach.
    pub assistant_id: i64,
    /// Its member.
    pub member_id: i64,
    /// What to do.
    pub task_type: TaskType,
    /// Where it stands.
    pub status: TaskStatus,
    /// Pinned to the top.
    pub is_pinned: bool,
    /// max(WBI, NCI).
    pub priority_score: Option<Index>,
    /// From then on it is inactive.
    pub expires_at: Option<DateTime<Utc>>,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// Why it was given up.
    pub abandon_reason: Option<String>,
    /// Why it is there; `None` for tasks that no generator made.
    pub reason: Option<TaskReason>,
}

/// One page in list order: status as listed, pinned, priority score, age, id. One statement.
pub async fn page(tx: &mut SiteTx, filter: Filter) -> Result<TaskPage, StoreError> {
    let site = tx.ctx.site_id;
    let statuses: Vec<String> = match filter.status {
        Some(status) => vec![status.to_string()],
        None => vec![TaskStatus::Active.to_string(), TaskStatus::Abandoned.to_string()],
    };
    let rows = sqlx::query_file!(
        "queries/task_list.sql",
        site.0,
        filter.assistant_id.unwrap_or(i64::MIN),
        filter.assistant_id.unwrap_or(i64::MAX),
        &statuses,
        filter.task_type.map(TaskType::as_str),
        filter.limit,
        filter.offset,
        tx.ctx.horizon()
    )
    .fetch_all(tx.connection())
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let unreadable = |id: i64, why: &dyn std::fmt::Display| {
        StoreError::unreadable(format!("biz.coach_tasks {id} of site {site}"), why)
    };
    let mut tasks = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(id), Some(assistant_id), Some(member_id), Some(created_at)) =
            (row.id, row.assistant_id, row.member_id, row.created_at)
        else {
            continue;
        };
        tasks.push(ListedTask {
            id,
            assistant_id,
            member_id,
            task_type: row.task_type.unwrap_or_default().parse().map_err(|e| unreadable(id, &e))?,
            status: row.status.unwrap_or_default().parse().map_err(|e| unreadable(id, &e))?,
            is_pinned: row.is_pinned.unwrap_or_default(),
            priority_score: row.priority_score.map(Index::new).transpose().map_err(|e| unreadable(id, &e))?,
            expires_at: row.expires_at,
            created_at,
            abandon_reason: row.abandon_reason,
            reason: row.reason.and_then(|json| read_reason(&tx.ctx, id, &json)),
        });
    }
    Ok(TaskPage { tasks, total })
}

/// A task is worth showing without the sentence that explains it.
pub(super) fn read_reason(ctx: &RuntimeContext, task_id: i64, json: &str) -> Option<TaskReason> {
    serde_json::from_str(json)
        .inspect_err(
            |error| tracing::warn!(site_id = ctx.site_id.0, task_id, %error, "unreadable task reason"),
        )
        .ok()
}

/// What AI application 4 last said of these members: (member, summary). A part of a page that may fail alone: it is
/// cut off after `timeout`, and the transaction stays usable.
pub async fn suggestions(
    tx: &mut SiteTx,
    members: &[i64],
    timeout: Duration,
) -> Result<Vec<(i64, String)>, StoreError> {
    let ctx = tx.ctx;
    let targets: Vec<String> = members.iter().map(i64::to_string).collect();
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query!(
        r#"SELECT target_id, cache_value ->> 'summary' AS "summary!"
           FROM biz.ai_cache
           WHERE site_id = $1 AND cache_type = 'app4_analysis' AND target_id = ANY ($2)
             AND (expires_at IS NULL OR expires_at > $3) AND updated_at < $4
             AND cache_value ->> 'summary' IS NOT NULL"#,
        ctx.site_id.0,
        &targets,
        ctx.now,
        ctx.horizon()
    )
    .fetch_all(module)
    .await;
    let rows = tx.leave_part(rows).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.target_id.parse().ok()?, row.summary))).collect())
}
