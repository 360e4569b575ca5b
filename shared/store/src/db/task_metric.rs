//! What the metrics ask of tasks, as they stood at the end of the context's date or of an earlier one.
use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::{SiteTx, StoreError};

/// A coach's tasks that were made in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Coach.
    pub assistant_id: i64,
    /// Made in it.
    pub created: i64,
    /// Of these, those that stood as completed.
    pub completed: i64,
}

/// Tasks made in the span, coach by coach, as they stood when `until` began.
pub async fn counted(
    tx: &mut SiteTx,
    span: Range<DateTime<Utc>>,
    until: DateTime<Utc>,
) -> Result<Vec<Counted>, StoreError> {
    let site = tx.ctx.site_id;
    let rows = sqlx::query_as!(
        Counted,
        r#"SELECT assistant_id AS "assistant_id!", count(*) AS "created!",
                  count(*) FILTER (WHERE status = 'completed') AS "completed!"
           FROM biz.tasks_at_moment($1, $4)
           WHERE created_at >= $2 AND created_at < $3
           GROUP BY assistant_id
           ORDER BY assistant_id"#,
        site.0,
        span.start,
        span.end,
        until
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// A task that was made in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Task.
    pub id: i64,
    /// Its coach.
    pub assistant_id: i64,
    /// Made.
    pub created_at: DateTime<Utc>,
    /// Whether it stood as completed.
    pub completed: bool,
}

/// The same tasks one by one, of one coach or of all.
pub async fn made(
    tx: &mut SiteTx,
    span: Range<DateTime<Utc>>,
    until: DateTime<Utc>,
    coach: Option<i64>,
) -> Result<Vec<Made>, StoreError> {
    let site = tx.ctx.site_id;
    let rows = sqlx::query_as!(
        Made,
        r#"SELECT id AS "id!", assistant_id AS "assistant_id!", created_at AS "created_at!", status = 'completed' AS "completed!"
           FROM biz.tasks_at_moment($1, $4)
           WHERE created_at >= $2 AND created_at < $3 AND ($5::bigint IS NULL OR assistant_id = $5)
           ORDER BY created_at, id"#,
        site.0,
        span.start,
        span.end,
        until,
        coach
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}

/// Tasks done since the hall opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ever {
    /// All of them.
    pub tasks: i64,
    /// Recalls of either kind.
    pub recalls: i64,
}

/// Of the hall, as they stood when `until` began.
pub async fn ever(tx: &mut SiteTx, until: DateTime<Utc>) -> Result<Ever, StoreError> {
    let site = tx.ctx.site_id;
    let ever = sqlx::query_as!(
        Ever,
        r#"SELECT count(*) AS "tasks!",
                  count(*) FILTER (WHERE completed_task_type IN ('high_priority_recall', 'priority_recall')) AS "recalls!"
           FROM biz.tasks_at_moment($1, $2)
           WHERE status = 'completed'"#,
        site.0,
        until
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(ever)
}

/// Coach by coach: (coach, what they did).
pub async fn ever_by_coach(tx: &mut SiteTx, until: DateTime<Utc>) -> Result<Vec<(i64, Ever)>, StoreError> {
    let site = tx.ctx.site_id;
    let rows = sqlx::query!(
        r#"SELECT assistant_id AS "assistant_id!", count(*) AS "tasks!",
                  count(*) FILTER (WHERE completed_task_type IN ('high_priority_recall', 'priority_recall')) AS "recalls!"
           FROM biz.tasks_at_moment($1, $2)
           WHERE status = 'completed'
           GROUP BY assistant_id
           ORDER BY assistant_id"#,
        site.0,
        until
    )
    .map(|row| (row.assistant_id, Ever { tasks: row.tasks, recalls: row.recalls }))
    .fetch_all(tx.connection())
    .await?;
    Ok(rows)
}
