//! What the boards ask of tasks: how many each coach has done, and who is at work on a member. Each is a part of a page
//! that may fail alone: it is cut off after a time of its own, and the transaction stays usable.
use std::time::Duration;

use domain::Period;

use crate::{SiteTx, StoreError};

/// Tasks that a coach has done in a period, by the type that they had then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Coach.
    pub assistant_id: i64,
    /// All of them.
    pub tasks: i64,
    /// Recalls of either kind.
    pub recalls: i64,
    /// Follow-ups.
    pub follow_ups: i64,
}

/// Every coach with a task whose `completed_at` lies in the period, by id.
pub async fn done(tx: &mut SiteTx, period: Period, timeout: Duration) -> Result<Vec<Done>, StoreError> {
    let ctx = tx.ctx;
    let span = ctx.calendar.range(period.first(), period.last().min(ctx.today()));
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query_as!(
        Done,
        r#"SELECT assistant_id AS "assistant_id!", count(*) AS "tasks!",
                  count(*) FILTER (WHERE completed_task_type IN ('high_priority_recall', 'priority_recall')) AS "recalls!",
                  count(*) FILTER (WHERE completed_task_type = 'follow_up_visit') AS "follow_ups!"
           FROM biz.tasks_at_moment($1, $4)
           WHERE status = 'completed' AND completed_at >= $2 AND completed_at < $3
           GROUP BY assistant_id
           ORDER BY assistant_id"#,
        ctx.site_id.0,
        span.start,
        span.end,
        ctx.horizon()
    )
    .fetch_all(module)
    .await;
    tx.leave_part(rows).await
}

/// A coach with an active task for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AtWork {
    /// Member.
    pub member_id: i64,
    /// Coach.
    pub assistant_id: i64,
}

/// Of these members, every coach with an active task for them, once each, by member and coach.
pub async fn at_work(tx: &mut SiteTx, members: &[i64], timeout: Duration) -> Result<Vec<AtWork>, StoreError> {
    let ctx = tx.ctx;
    let module = tx.enter_part(timeout).await?;
    let rows = sqlx::query_as!(
        AtWork,
        r#"SELECT DISTINCT member_id AS "member_id!", assistant_id AS "assistant_id!"
         FROM biz.tasks_at_moment($1, $3)
         WHERE status = 'active' AND member_id = ANY ($2)
         ORDER BY 1, 2"#,
        ctx.site_id.0,
        members,
        ctx.horizon()
    )
    .fetch_all(module)
    .await;
    tx.leave_part(rows).await
}
