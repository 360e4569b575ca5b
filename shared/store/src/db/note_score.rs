//! Notes on their way through AI application 6.
use chrono::{DateTime, Utc};
use domain::{Calendar, RuntimeContext, notes::Verdict};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use crate::StoreError;

/// What scoring looks at.
#[derive(Clone, Debug)]
pub struct ScoredNote {
    /// Note.
    pub id: i64,
    /// member_id, where it is about a member.
    pub member_id: Option<i64>,
    /// What it says.
    pub content: String,
    /// 1–5.
    pub rating_service_willingness: Option<i16>,
    /// 1–5.
    pub rating_revisit_likelihood: Option<i16>,
    /// 1–5.
    pub score: Option<i16>,
    /// Task it was written for.
    pub task_id: Option<i64>,
    /// 1–10; `None` = not scored.
    pub ai_score: Option<Decimal>,
    /// When it was scored.
    pub ai_scored_at: Option<DateTime<Utc>>,
    /// The author's nickname, which must not leave the house.
    pub author_name: Option<String>,
}

impl ScoredNote {
    /// Whether it carries both ratings.
    pub fn has_both_ratings(&self) -> bool {
        self.rating_service_willingness.is_some() && self.rating_revisit_likelihood.is_some()
    }
}

/// The note of that id; `None` once it is deleted. Locked until the transaction ends: a deletion waits, and so does a
/// second scoring.
pub async fn lock(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
) -> Result<Option<ScoredNote>, StoreError> {
    Ok(sqlx::query_as!(
        ScoredNote,
        r#"SELECT n.id, CASE WHEN n.target_type = 'member' THEN n.target_id END AS member_id, n.content,
                  n.rating_service_willingness, n.rating_revisit_likelihood, n.score, n.task_id, n.ai_score,
                  n.ai_scored_at, u.nickname AS "author_name?"
           FROM biz.notes n
           LEFT JOIN auth.users u ON u.id = n.user_id
           WHERE n.site_id = $1 AND n.id = $2
           FOR UPDATE OF n"#,
        ctx.site_id.0,
        id
    )
    .fetch_optional(connection)
    .await?)
}

/// Notes of the last `days` business dates without a score, oldest first.
pub async fn unscored(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    days: u32,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let (first, _) = Calendar::last_days(ctx.today(), days);
    Ok(sqlx::query_scalar!(
        "SELECT id FROM biz.notes
         WHERE site_id = $1 AND ai_scored_at IS NULL AND created_at >= $2
         ORDER BY created_at, id
         LIMIT $3",
        ctx.site_id.0,
        ctx.calendar.start_of(first),
        limit
    )
    .fetch_all(connection)
    .await?)
}

/// Writes the verdict.
pub async fn save(
    connection: &mut PgConnection,
    ctx: &RuntimeContext,
    id: i64,
    verdict: &Verdict,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.notes SET ai_score = $3, ai_analysis = $4, ai_scored_at = $5, updated_at = $5
         WHERE site_id = $1 AND id = $2",
        ctx.site_id.0,
        id,
        verdict.score(),
        verdict.analysis(),
        ctx.now
    )
    .execute(connection)
    .await?;
    Ok(())
}
