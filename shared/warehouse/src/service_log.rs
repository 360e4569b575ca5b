//! Services of coaches (`app.v_dwd_assistant_service_log`).
use chrono::{DateTime, Utc};

use crate::{WarehouseError, WarehouseTx};

/// A question: has this pair had a service at or after `since`?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairSince {
    /// The caller's own, handed back with the answer.
    pub key: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Inclusive.
    pub since: DateTime<Utc>,
}

/// The earliest valid service by (create_time, id).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstService {
    /// Of the question.
    pub key: i64,
    /// `assistant_service_id`.
    pub service_id: i64,
    /// When the service was booked.
    pub create_time: DateTime<Utc>,
}

/// Answers all questions in one statement; one without a service has no answer.
pub async fn first_since(
    tx: &mut WarehouseTx,
    asked: &[PairSince],
) -> Result<Vec<FirstService>, WarehouseError> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = asked.iter().map(|pair| pair.key).collect();
    let assistants: Vec<_> = asked.iter().map(|pair| pair.assistant_id).collect();
    let members: Vec<_> = asked.iter().map(|pair| pair.member_id).collect();
    let since: Vec<_> = asked.iter().map(|pair| pair.since).collect();
    let found =
        sqlx::query_file_as!(FirstService, "queries/first_service.sql", &keys, &assistants, &members, &since)
            .fetch_all(tx.connection())
            .await?;
    Ok(found)
}
