//! `auth.wechat_tokens`: WeChat's access token, one for all processes.
use std::time::Duration;

use sqlx::{PgPool, Postgres, Transaction, postgres::types::PgInterval};

use crate::StoreError;

/// The token in force; `None`: it must be fetched.
pub async fn current(pool: &PgPool, app_id: &str) -> Result<Option<String>, StoreError> {
    let found = sqlx::query_scalar!(
        "SELECT access_token FROM auth.wechat_tokens WHERE app_id = $1 AND expires_at > now()",
        app_id
    )
    .fetch_optional(pool)
    .await?;
    Ok(found.flatten())
}

/// The right to fetch a new token; the others wait for its end and then find the new one.
pub struct Turn {
    tx: Transaction<'static, Postgres>,
    app_id: String,
    /// What another fetched while we waited; `None`: it is ours to do.
    pub fetched: Option<String>,
}

impl Turn {
    /// Waits for one's turn. `stale`: a token known to be worth nothing, whatever the row says.
    pub async fn take(pool: &PgPool, app_id: &str, stale: Option<&str>) -> Result<Self, StoreError> {
        sqlx::query!("INSERT INTO auth.wechat_tokens (app_id) VALUES ($1) ON CONFLICT DO NOTHING", app_id)
            .execute(pool)
            .await?;
        let mut tx = pool.begin().await?;
        let row = sqlx::query!(
            r#"SELECT access_token, expires_at > clock_timestamp() AS "lives!"
               FROM auth.wechat_tokens WHERE app_id = $1 FOR UPDATE"#,
            app_id
        )
        .fetch_one(&mut *tx)
        .await?;
        let fetched = row.access_token.filter(|token| row.lives && Some(token.as_str()) != stale);
        Ok(Self { tx, app_id: app_id.to_owned(), fetched })
    }

    /// Keeps what was fetched, for as long as it may be used.
    pub async fn keep(mut self, token: &str, life: Duration) -> Result<(), StoreError> {
        let life = PgInterval {
            months: 0,
            days: 0,
            microseconds: i64::try_from(life.as_micros()).unwrap_or(i64::MAX),
        };
        sqlx::query!(
            "UPDATE auth.wechat_tokens
             SET access_token = $2, expires_at = clock_timestamp() + $3, updated_at = now()
             WHERE app_id = $1",
            self.app_id,
            token,
            life
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(self.tx.commit().await?)
    }
}
