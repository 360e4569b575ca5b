//! Changes of tasks in bulk. Every statement writes the history row of each change it makes, and makes only those whose
//! row is still in the state that was decided on: a coach may act at the same moment.
use chrono::{DateTime, Utc};
use domain::{
    RuntimeContext,
    tasks::generator::{Create, Rescore},
};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::morning::{reason_json, score};
use crate::StoreError;

/// How many rows a statement changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Tasks made.
    pub created: u64,
    /// Of those, made in place of another.
    pub type_changed: u64,
    /// Tasks closed for them.
    pub closed: u64,
}

/// Closes what is replaced and makes what is new, history on both, in one statement.
pub async fn replace(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    creates: &[Create],
) -> Result<Replaced, StoreError> {
    if creates.is_empty() {
        return Ok(Replaced::default());
    }
    let assistants: Vec<i64> = creates.iter().map(|c| c.assistant_id).collect();
    let members: Vec<i64> = creates.iter().map(|c| c.member_id).collect();
    let types: Vec<&str> = creates.iter().map(|c| c.task_type.as_str()).collect();
    let scores: Vec<Decimal> = creates.iter().map(|c| score(&c.reason)).collect();
    let reasons: Vec<String> = creates.iter().map(|c| reason_json(&c.reason)).collect();
    let parents: Vec<Option<i64>> = creates.iter().map(|c| c.replaces.last().map(|(id, _)| *id)).collect();
    let held: Vec<Option<i64>> = creates.iter().map(|c| c.holds.map(|(id, _)| id)).collect();
    let (old_ids, new_types): (Vec<i64>, Vec<&str>) =
        creates.iter().flat_map(|c| c.replaces.iter().map(|(id, _)| (*id, c.task_type.as_str()))).unzip();
    let row = sqlx::query_file!(
        "queries/task_replace.sql",
        ctx.site_id.0,
        ctx.now,
        &old_ids,
        &new_types as &[&str],
        &assistants,
        &members,
        &types as &[&str],
        &scores,
        &reasons,
        &parents as &[Option<i64>],
        &held as &[Option<i64>]
    )
    .fetch_one(connection)
    .await?;
    Ok(Replaced {
        created: count(row.created),
        type_changed: count(row.type_changed),
        closed: count(row.closed),
    })
}

/// Sets the end of follow-ups that a newer task now stands beside; one that is set stays as it is.
pub async fn hold(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    held: &[(i64, DateTime<Utc>)],
) -> Result<u64, StoreError> {
    if held.is_empty() {
        return Ok(0);
    }
    let (ids, until): (Vec<i64>, Vec<DateTime<Utc>>) = held.iter().copied().unzip();
    let done = sqlx::query!(
        "UPDATE biz.coach_tasks t SET expires_at = h.until, expiry_set_at = $2, updated_at = $2
         FROM unnest($3::bigint[], $4::timestamptz[]) AS h (id, until)
         WHERE t.site_id = $1 AND t.id = h.id AND t.status = 'active' AND t.expires_at IS NULL",
        ctx.site_id.0,
        ctx.now,
        &ids,
        &until
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Scores and reasons follow the new indices; a score that changes leaves its old value in `biz.coach_task_scores`.
pub async fn rescore(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    rescores: &[Rescore],
) -> Result<u64, StoreError> {
    if rescores.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = rescores.iter().map(|r| r.task_id).collect();
    let scores: Vec<Decimal> = rescores.iter().map(|r| score(&r.reason)).collect();
    let reasons: Vec<String> = rescores.iter().map(|r| reason_json(&r.reason)).collect();
    let done =
        sqlx::query_file_scalar!("queries/task_rescore.sql", ctx.site_id.0, ctx.now, &ids, &scores, &reasons)
            .fetch_one(connection)
            .await?;
    Ok(count(done))
}

/// Active tasks of coaches who resigned or are unbound become inactive.
pub async fn leave(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    ids: &[i64],
) -> Result<u64, StoreError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query!(
        "WITH closed AS (
             UPDATE biz.coach_tasks SET status = 'inactive', updated_at = $2
             WHERE site_id = $1 AND id = ANY($3) AND status = 'active'
             RETURNING id, task_type
         )
         INSERT INTO biz.coach_task_history
             (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, created_at)
         SELECT $1, id, 'coach_left', 'active', 'inactive', task_type, task_type, $2 FROM closed ORDER BY id",
        ctx.site_id.0,
        ctx.now,
        ids
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Active tasks whose time has run out become inactive.
pub async fn expire(connection: &mut PgConnection, ctx: &RuntimeContext) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "WITH expired AS (
             UPDATE biz.coach_tasks SET status = 'inactive', updated_at = $2
             WHERE site_id = $1 AND status = 'active' AND expires_at <= $2
             RETURNING id, task_type, expires_at
         )
         INSERT INTO biz.coach_task_history
             (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, detail, created_at)
         SELECT $1, id, 'expired', 'active', 'inactive', task_type, task_type,
                jsonb_build_object('expiresAt', expires_at), $2
         FROM expired ORDER BY id",
        ctx.site_id.0,
        ctx.now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(crate) fn count(n: Option<i64>) -> u64 {
    u64::try_from(n.unwrap_or_default()).unwrap_or_default()
}
