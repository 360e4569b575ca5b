//! Rate limits shared by every process: GCRA on `biz.rate_limits`, one row per bucket.
use std::{fmt, str::FromStr, time::Duration};

use sha2::{Digest as _, Sha256};
use sqlx::{PgPool, postgres::types::PgInterval};

use crate::StoreError;

/// So many at once, and on average so many per period: `burst` tokens, refilled evenly over `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// At least 1.
    pub burst: u32,
    /// At least a second.
    pub per: Duration,
}

/// Written `burst/seconds`, such as `60/60`.
impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "not of the form COUNT/SECONDS (1-100000 / 1-86400)";
        let (burst, seconds) = text.split_once('/').ok_or(WANTED)?;
        let (burst, seconds): (u32, u64) =
            (burst.trim().parse().map_err(|_| WANTED)?, seconds.trim().parse().map_err(|_| WANTED)?);
        if !(1..=100_000).contains(&burst) || !(1..=86_400).contains(&seconds) {
            return Err(WANTED);
        }
        Ok(Self { burst, per: Duration::from_secs(seconds) })
    }
}

/// What is limited, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket(String);

impl Bucket {
    /// Of a user, by id.
    pub fn of_user(what: &str, user_id: i64) -> Self {
        Self(format!("{what}:user:{user_id}"))
    }

    /// Of whatever a name, code or address stands for: only its hash is kept, whatever its length.
    pub fn of_name(what: &str, name: &str) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{what}:name:{hex}"))
    }
}

impl Bucket {
    /// What is limited.
    pub fn what(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether there was a token left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// There was, and it is gone now.
    Allowed,
    /// There was none, and nothing is owed for asking.
    Denied {
        /// Until the next one.
        retry_after: Duration,
    },
}

/// Takes a token, in a statement and transaction of its own: it counts even when what follows fails. Requests at the
/// same time queue on the bucket's row, so that no more than `burst` pass.
pub async fn take(pool: &PgPool, bucket: &Bucket, limit: Limit) -> Result<Taken, StoreError> {
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let interval = |microseconds| PgInterval { months: 0, days: 0, microseconds };
    let per = micros(limit.per);
    let step = per / i64::from(limit.burst.max(1));
    // What the last SELECT sees may be a moment old: the wait is then a step too short, never the decision wrong.
    let row = sqlx::query!(
        r#"WITH taken AS (
               INSERT INTO biz.rate_limits AS bucket (bucket, arrival) VALUES ($1, now() + $2)
               ON CONFLICT (bucket) DO UPDATE SET arrival = greatest(bucket.arrival, now()) + $2
               WHERE greatest(bucket.arrival, now()) + $2 <= now() + $3
               RETURNING true
           )
           SELECT EXISTS (SELECT FROM taken) AS "allowed!",
                  (SELECT (1e6 * extract(epoch FROM arrival + $2 - $3 - now()))::bigint
                   FROM biz.rate_limits WHERE bucket = $1) AS wait"#,
        bucket.0,
        interval(step),
        interval(per)
    )
    .fetch_one(pool)
    .await?;
    if row.allowed {
        return Ok(Taken::Allowed);
    }
    let wait = row.wait.unwrap_or(step).clamp(1, per);
    Ok(Taken::Denied { retry_after: Duration::from_micros(wait.unsigned_abs()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_written_count_slash_seconds() {
        assert_eq!("60/30".parse(), Ok(Limit { burst: 60, per: Duration::from_secs(30) }));
        for bad in ["", "60", "60/", "/60", "0/60", "60/0", "-1/60", "1/86401", "100001/1", "1/1/1"] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bucket_of_a_name_does_not_hold_the_name() {
        let bucket = Bucket::of_name("login", "wang").to_string();
        assert!(bucket.starts_with("login:name:") && !bucket.contains("wang"), "{bucket}");
        assert_eq!(Bucket::of_name("login", &"x".repeat(10_000)).to_string().len(), bucket.len());
        assert_ne!(Bucket::of_name("login", "wang"), Bucket::of_name("login", "wan"));
    }
}
