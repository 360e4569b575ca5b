//! Which service completes a recall.
use chrono::{DateTime, Utc};

/// A valid service record of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// When it was settled.
    pub create_time: DateTime<Utc>,
    /// Its id in the warehouse.
    pub id: i64,
}

/// The earliest (create_time, id) at or after the task was created: by state, so that late rows still count.
pub fn completing_service(
    created_at: DateTime<Utc>,
    services: impl IntoIterator<Item = Service>,
) -> Option<Service> {
    services.into_iter().filter(|s| s.create_time >= created_at).min()
}
