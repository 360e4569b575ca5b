//! What the generator reads before it decides: a site at a time, a constant number of statements.
use std::collections::HashSet;

use chrono::NaiveDate;
use domain::{
    Index, RuntimeContext, SiteId,
    tasks::{
        Indices, TaskReason, TaskType, Thresholds,
        generator::{ActiveTask, PairKey},
    },
};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::StoreError;

/// One generator at a time per site, until the transaction ends: a second one then finds nothing left to change.
pub async fn lock(connection: &mut PgConnection, site: SiteId) -> Result<(), StoreError> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('zqyy.task_generator', $1)) AS locked",
        site.0
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// The active tasks of a site.
pub async fn active_tasks(
    connection: &mut PgConnection,
    site: SiteId,
) -> Result<Vec<ActiveTask>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT t.id, t.assistant_id, t.member_id, t.task_type, t.created_at, t.expires_at,
                  (t.priority_score * 100)::int2 AS score,
                  (r.wbi * 100)::int2 AS wbi, (r.nci * 100)::int2 AS nci, (r.rs * 100)::int2 AS rs,
                  r."statDate" AS stat_date, r."ruleVersion" AS rule_version,
                  (h.high * 100)::int2 AS high, (h.priority * 100)::int2 AS priority,
                  (h.relationship * 100)::int2 AS relationship
           FROM biz.coach_tasks t
           LEFT JOIN LATERAL jsonb_to_record(t.reason)
               AS r (wbi numeric, nci numeric, rs numeric, "statDate" date, "ruleVersion" integer, thresholds jsonb)
               ON true
           LEFT JOIN LATERAL jsonb_to_record(r.thresholds)
               AS h (high numeric, priority numeric, relationship numeric) ON true
           WHERE t.site_id = $1 AND t.status = 'active'"#,
        site.0
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|r| {
            let task_type = task_type(&r.task_type, r.id)?;
            // A reason that does not read whole counts as none: the next morning writes it anew.
            let thresholds = (|| {
                Some(Thresholds {
                    high: index(r.high)?,
                    priority: index(r.priority)?,
                    relationship: index(r.relationship)?,
                })
            })();
            let reason = (|| {
                Some(TaskReason {
                    wbi: index(r.wbi),
                    nci: index(r.nci),
                    rs: index(r.rs),
                    stat_date: r.stat_date?,
                    thresholds: thresholds?,
                    rule_version: r.rule_version?,
                })
            })();
            Ok(ActiveTask {
                id: r.id,
                assistant_id: r.assistant_id,
                member_id: r.member_id,
                task_type,
                created_at: r.created_at,
                expires_at: r.expires_at,
                score: index(r.score),
                reason,
            })
        })
        .collect()
}

/// Pairs and types whose task was abandoned, or transferred away, within the last `days` business dates.
pub async fn cooling(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    days: u32,
) -> Result<HashSet<(PairKey, TaskType)>, StoreError> {
    if days == 0 {
        return Ok(HashSet::new());
    }
    let (first, _) = domain::Calendar::last_days(ctx.today(), days);
    let rows = sqlx::query!(
        "SELECT DISTINCT t.assistant_id, t.member_id, t.task_type
         FROM biz.coach_task_history h
         JOIN biz.coach_tasks t ON t.site_id = h.site_id AND t.id = h.task_id AND t.status = h.action
         WHERE h.site_id = $1 AND h.action IN ('abandoned', 'transferred') AND h.created_at >= $2",
        ctx.site_id.0,
        ctx.calendar.start_of(first)
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|r| Ok(((r.assistant_id, r.member_id), task_type(&r.task_type, 0)?))).collect()
}

/// Pairs whose recall was completed by a service dated after the snapshot: the member is back already. One that a good
/// note completed brought nobody back.
pub async fn already_back(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    stat_date: NaiveDate,
) -> Result<HashSet<PairKey>, StoreError> {
    let rows = sqlx::query!(
        "SELECT DISTINCT t.assistant_id, t.member_id
         FROM biz.coach_tasks t
         WHERE t.site_id = $1 AND t.status = 'completed' AND t.completed_at >= $2
           AND t.completed_task_type IN ('high_priority_recall', 'priority_recall')
           AND NOT EXISTS (
               SELECT FROM biz.coach_task_history h
               WHERE h.site_id = $1 AND h.task_id = t.id AND h.action = 'completed' AND h.detail ? 'noteId')",
        ctx.site_id.0,
        ctx.calendar.range(stat_date, stat_date).end
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| (r.assistant_id, r.member_id)).collect())
}

/// The newest `statDate` in the records of the site's successful generator runs.
pub async fn last_stat_date(
    connection: &mut PgConnection,
    site: SiteId,
) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!(
        "SELECT max((r.stats ->> 'statDate')::date)
         FROM biz.trigger_runs r
         JOIN biz.trigger_jobs j ON j.id = r.job_id
         WHERE r.site_id = $1 AND r.state = 'succeeded'
           AND j.job_type IN ('task_generator', 'task_generator_refresh')",
        site.0
    )
    .fetch_one(connection)
    .await?)
}

/// `reason` as stored.
pub(crate) fn reason_json(reason: &TaskReason) -> String {
    let i = |index: Option<Index>| index.map_or_else(|| "null".to_owned(), |i| i.get().to_string());
    let Indices { wbi, nci, rs } = reason.indices();
    let Thresholds { high, priority, relationship } = reason.thresholds;
    format!(
        r#"{{"wbi":{},"nci":{},"rs":{},"statDate":"{}","thresholds":{{"high":{},"priority":{},"relationship":{}}},"ruleVersion":{}}}"#,
        i(wbi),
        i(nci),
        i(rs),
        reason.stat_date,
        high.get(),
        priority.get(),
        relationship.get(),
        reason.rule_version
    )
}

/// A score as stored.
pub(crate) fn score(reason: &TaskReason) -> Decimal {
    reason.indices().priority_score().get()
}

fn index(hundredths: Option<i16>) -> Option<Index> {
    Index::from_hundredths(u16::try_from(hundredths?).ok()?).ok()
}

fn task_type(name: &str, id: i64) -> Result<TaskType, StoreError> {
    name.parse().map_err(|e| StoreError::unreadable(format!("biz.coach_tasks.task_type of task {id}"), e))
}
