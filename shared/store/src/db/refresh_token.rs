//! `auth.refresh_tokens`: what is presented is hashed at once, and the hash is all that is kept.
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{SiteId, accounts::refresh::Presented};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, postgres::types::PgInterval};

use crate::StoreError;

/// For which side a token is; neither is taken by the other's refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The mini-program.
    MiniProgram,
    /// The console.
    BackOffice,
}

impl Audience {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MiniProgram => "mini_program",
            Self::BackOffice => "back_office",
        }
    }
}

/// A token, while its holder is being told it: 64 hexadecimal digits of chance.
pub struct NewToken {
    /// For the holder alone.
    pub plain: String,
    hash: Vec<u8>,
}

impl NewToken {
    /// A fresh one.
    pub fn draw() -> Self {
        let plain: String = rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = hash(&plain);
        Self { plain, hash }
    }
}

fn hash(plain: &str) -> Vec<u8> {
    Sha256::digest(plain.as_bytes()).to_vec()
}

/// A token that was presented, with its family's state and the database's clock.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Row.
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// Site that its access tokens are for.
    pub site: Option<SiteId>,
    /// For the rule.
    pub presented: Presented,
    /// The database's now.
    pub now: DateTime<Utc>,
}

/// Whose a token is.
pub async fn holder(connection: &mut PgConnection, plain: &str) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!("SELECT user_id FROM auth.refresh_tokens WHERE token_hash = $1", hash(plain))
        .fetch_optional(connection)
        .await?)
}

/// A token of that audience. Ask with the holder's row locked: the family then stands still.
pub async fn find(
    connection: &mut PgConnection,
    plain: &str,
    audience: Audience,
) -> Result<Option<Found>, StoreError> {
    let row = sqlx::query!(
        r#"SELECT t.id, t.user_id, t.site_id, t.generation, t.expires_at, t.revoked_at IS NOT NULL AS "revoked!",
                  newest.generation AS "newest?", newest.used_at, clock_timestamp() AS "now!"
           FROM auth.refresh_tokens t
           LEFT JOIN LATERAL (
               SELECT f.generation, min(f.used_at) AS used_at
               FROM auth.refresh_tokens f
               WHERE f.family = t.family AND f.used_at IS NOT NULL
               GROUP BY f.generation
               ORDER BY f.generation DESC LIMIT 1
           ) AS newest ON true
           WHERE t.token_hash = $1 AND t.audience = $2"#,
        hash(plain),
        audience.as_str()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Found {
        id: row.id,
        user_id: row.user_id,
        site: row.site_id.map(SiteId),
        presented: Presented {
            generation: row.generation,
            expires_at: row.expires_at,
            revoked: row.revoked,
            rotated: row.newest.zip(row.used_at),
        },
        now: row.now,
    }))
}

/// The first token of a family.
pub async fn begin(
    connection: &mut PgConnection,
    token: &NewToken,
    user_id: i64,
    site: Option<SiteId>,
    audience: Audience,
    life: Duration,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO auth.refresh_tokens (token_hash, family, user_id, site_id, audience, expires_at)
         VALUES ($1, gen_random_uuid(), $2, $3, $4, now() + $5)",
        token.hash,
        user_id,
        site.map(|site| site.0),
        audience.as_str(),
        interval(life)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A child of `parent`, which counts as used from now on (from its first use, if this is not it).
pub async fn rotate(
    connection: &mut PgConnection,
    parent: i64,
    token: &NewToken,
    site: Option<SiteId>,
    life: Duration,
) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH parent AS (
             UPDATE auth.refresh_tokens
             SET used_at = coalesce(used_at, clock_timestamp()), updated_at = now()
             WHERE id = $1
             RETURNING id, family, generation, user_id, audience)
         INSERT INTO auth.refresh_tokens (token_hash, family, parent_id, generation, user_id, site_id, audience, expires_at)
         SELECT $2, family, id, generation + 1, user_id, $3, audience, now() + $4 FROM parent",
        parent,
        token.hash,
        site.map(|site| site.0),
        interval(life)
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends the family of a token that the user presents; answers how many tokens of it still lived.
pub async fn revoke_family(
    connection: &mut PgConnection,
    user_id: i64,
    plain: &str,
) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "UPDATE auth.refresh_tokens SET revoked_at = now(), updated_at = now()
         WHERE family = (SELECT family FROM auth.refresh_tokens WHERE token_hash = $1 AND user_id = $2)
           AND revoked_at IS NULL",
        hash(plain),
        user_id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Ends every family of a user.
pub async fn revoke_all(connection: &mut PgConnection, user_id: i64) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "UPDATE auth.refresh_tokens SET revoked_at = now(), updated_at = now()
         WHERE user_id = $1 AND revoked_at IS NULL",
        user_id
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

fn interval(life: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(life.as_micros()).unwrap_or(i64::MAX) }
}
