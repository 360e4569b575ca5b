//! First answers of writes, `biz.idempotency_keys`: a write that is sent twice has one effect and one answer.
//!
//! The key's row is inserted first in the effect's own transaction. A second request with the same key waits there until
//! the first has ended: if it committed, its answer is given again; if it failed, nothing is left of it, and the second
//! one is the first.
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use crate::{AccountTx, AdminTx, SiteTx, StoreError};

/// A transaction in which somebody writes.
pub trait WriteTx: Send {
    /// For queries.
    fn connection(&mut self) -> &mut PgConnection;
    /// Makes what was written durable.
    fn commit(self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

macro_rules! write_tx {
    ($($tx:ty),+) => {
        $(impl WriteTx for $tx {
            fn connection(&mut self) -> &mut PgConnection {
                Self::connection(self)
            }

            async fn commit(self) -> Result<(), StoreError> {
                Self::commit(self).await
            }
        })+
    };
}

write_tx!(SiteTx, AccountTx, AdminTx);

/// A key as sent: 1–200 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// `None`: not one.
    pub fn new(text: &[u8]) -> Option<Self> {
        let fits = (1..=200).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        fits.then(|| String::from_utf8_lossy(text).into_owned()).map(Self)
    }
}

/// What makes two requests the same.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// POST, PUT, DELETE, …
    pub method: &'a str,
    /// Path, ids and all.
    pub path: &'a str,
    /// Query string, as sent.
    pub query: &'a str,
    /// The token's site.
    pub site: Option<i64>,
    /// Body, as sent.
    pub body: &'a [u8],
}

impl Request<'_> {
    fn hash(&self) -> [u8; 32] {
        let site = self.site.unwrap_or_default().to_be_bytes();
        let parts = [self.method.as_bytes(), self.path.as_bytes(), self.query.as_bytes(), &site, self.body];
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths keep what ends one part from beginning the next.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Ours: nobody has used the key within 24 hours.
    First,
    /// The same request was answered already, with this.
    Answered(Value),
    /// The key belongs to another request.
    OtherRequest,
}

/// Claims a key for the transaction's request; waits for whoever holds it.
pub async fn claim(
    connection: &mut PgConnection,
    user_id: i64,
    key: &Key,
    request: Request<'_>,
) -> Result<Claim, StoreError> {
    let hash = request.hash();
    let claimed = sqlx::query_scalar!(
        r#"INSERT INTO biz.idempotency_keys AS held (user_id, key, route, site_id, request_hash)
           VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (user_id, key) DO UPDATE
           SET route = excluded.route, site_id = excluded.site_id, request_hash = excluded.request_hash,
               answer = NULL, created_at = now()
           WHERE held.created_at <= now() - interval '24 hours'
           RETURNING true AS "claimed!""#,
        user_id,
        key.0,
        format!("{} {}", request.method, request.path),
        request.site,
        hash.as_slice()
    )
    .fetch_optional(&mut *connection)
    .await?;
    if claimed.is_some() {
        return Ok(Claim::First);
    }
    // A statement of its own: only now is what the other one committed to be seen.
    let held = sqlx::query!(
        "SELECT request_hash, answer FROM biz.idempotency_keys WHERE user_id = $1 AND key = $2",
        user_id,
        key.0
    )
    .fetch_optional(connection)
    .await?;
    match held {
        Some(held) if held.request_hash != hash => Ok(Claim::OtherRequest),
        Some(held) => held
            .answer
            .map(Claim::Answered)
            .ok_or_else(|| StoreError::Conflict("the first request with this key kept no answer".into())),
        None => Err(StoreError::Conflict("the key was pruned just now".into())),
    }
}

/// Keeps the answer of the transaction's request.
pub async fn keep(
    connection: &mut PgConnection,
    user_id: i64,
    key: &Key,
    answer: &Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.idempotency_keys SET answer = $3 WHERE user_id = $1 AND key = $2",
        user_id,
        key.0,
        answer
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the key back at the end of the transaction, for an answer that must be kept nowhere: the row is as good as
/// expired. Requests at the same time still take turns.
pub async fn release(connection: &mut PgConnection, user_id: i64, key: &Key) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE biz.idempotency_keys SET created_at = '-infinity' WHERE user_id = $1 AND key = $2",
        user_id,
        key.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request<'a>(path: &'a str, query: &'a str, body: &'a [u8]) -> Request<'a> {
        Request { method: "POST", path, query, site: Some(1), body }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Same hash ⇔ same parts, wherever one part ends and the next begins.
        #[test]
        fn requests_are_the_same_by_every_part(a in "[ab]{0,3}", b in "[ab]{0,3}", c in "[ab]{0,3}", d in "[ab]{0,3}") {
            let one = request(&a, &b, c.as_bytes());
            let two = request(&c, &d, a.as_bytes());
            prop_assert_eq!(one.hash() == two.hash(), (&a, &b, &c) == (&c, &d, &a));
        }

        #[test]
        fn a_key_is_visible_ascii(bytes in prop::collection::vec(any::<u8>(), 0..220)) {
            let fits = !bytes.is_empty() && bytes.len() <= 200 && bytes.iter().all(|b| (0x21..=0x7e).contains(b));
            prop_assert_eq!(Key::new(&bytes).is_some(), fits);
        }
    }

    #[test]
    fn method_and_site_count_too() {
        let one = request("/a", "", b"");
        assert_ne!(one.hash(), Request { method: "PUT", ..one }.hash());
        assert_ne!(one.hash(), Request { site: Some(2), ..one }.hash());
        assert_ne!(one.hash(), Request { site: None, ..one }.hash());
    }
}
