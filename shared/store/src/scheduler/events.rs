//! The inbox `biz.trigger_events`: putting events in, and reading those of a run.
use chrono::{DateTime, Utc};
use domain::SiteId;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};

use crate::StoreError;

/// An event to fire.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// Whom it is for: every enabled job that listens to this name.
    pub name: &'a str,
    /// Site; `None` = all active sites.
    pub site_id: Option<SiteId>,
    /// For the handler.
    pub payload: &'a Value,
    /// A second event with the same name, site and key is not kept.
    pub dedup_key: Option<&'a str>,
}

/// An event that a run answers.
#[derive(Clone, Debug)]
pub struct RunEvent {
    /// `biz.trigger_events.id`.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its site; `None` = all active sites.
    pub site_id: Option<SiteId>,
    /// What the sender says.
    pub payload: Value,
    /// When it was inserted.
    pub created_at: DateTime<Utc>,
}

impl RunEvent {
    /// The payload as a type; the error names the event and the field.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        T::deserialize(&self.payload)
            .map_err(|e| StoreError::unreadable(format!("payload of event {} ({})", self.id, self.name), e))
    }
}

/// Inserts an event in the caller's transaction: it is seen when that commits. `false`: the key was taken.
pub async fn fire(connection: &mut PgConnection, event: NewEvent<'_>) -> Result<bool, StoreError> {
    Ok(fire_many(connection, &[event]).await? == 1)
}

/// As [`fire`], and answers the event's id; `None`: the key was taken.
pub async fn fire_one(connection: &mut PgConnection, event: NewEvent<'_>) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        "INSERT INTO biz.trigger_events (event_name, site_id, payload, dedup_key) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING id",
        event.name,
        event.site_id.map(|site| site.0),
        event.payload,
        event.dedup_key
    )
    .fetch_optional(connection)
    .await?)
}

/// Inserts events in one statement; answers how many were kept.
pub async fn fire_many(connection: &mut PgConnection, events: &[NewEvent<'_>]) -> Result<u64, StoreError> {
    let names: Vec<String> = events.iter().map(|e| e.name.to_owned()).collect();
    let sites: Vec<Option<i64>> = events.iter().map(|e| e.site_id.map(|s| s.0)).collect();
    let payloads: Vec<Value> = events.iter().map(|e| e.payload.clone()).collect();
    let keys: Vec<Option<String>> = events.iter().map(|e| e.dedup_key.map(str::to_owned)).collect();
    let done = sqlx::query!(
        "INSERT INTO biz.trigger_events (event_name, site_id, payload, dedup_key)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[])
         ON CONFLICT DO NOTHING",
        &names,
        &sites as &[Option<i64>],
        &payloads,
        &keys as &[Option<String>]
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The events of a run, oldest first. Read it after the claim: until then more may join.
pub async fn of_run(pool: &PgPool, run_id: i64) -> Result<Vec<RunEvent>, StoreError> {
    let rows = sqlx::query!(
        "SELECT e.id, e.event_name, e.site_id, e.payload, e.created_at
         FROM biz.trigger_run_events l JOIN biz.trigger_events e ON e.id = l.event_id
         WHERE l.run_id = $1 ORDER BY e.id",
        run_id
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RunEvent {
            id: row.id,
            name: row.event_name,
            site_id: row.site_id.map(SiteId),
            payload: row.payload,
            created_at: row.created_at,
        })
        .collect())
}
