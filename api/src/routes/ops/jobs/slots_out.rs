use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::schedule::{TriggerConfig, When};
use serde::Serialize;
use utoipa::ToSchema;

/// How many slots a preview shows.
const SLOTS: usize = 10;

/// When a job will run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotsOut {
    /// Zone of the local times.
    timezone: String,
    /// The event that it waits for; null unless it is an event's.
    event_name: Option<String>,
    /// The next ten; none for an event's job. An interval's later ones count from each other.
    slots: Vec<SlotOut>,
}

/// A slot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SlotOut {
    /// When.
    at: DateTime<Utc>,
    /// The same as a clock there shows it, with its offset.
    local: String,
}

impl SlotsOut {
    /// From `now` on; `next` is the stored next slot, if there is one.
    pub(super) fn new(
        config: &TriggerConfig,
        zone: Tz,
        now: DateTime<Utc>,
        next: Option<DateTime<Utc>>,
    ) -> Self {
        let zone = match &config.when {
            When::Cron(cron) => cron.zone(),
            When::Interval(_) | When::Event(_) => zone,
        };
        let event_name = match &config.when {
            When::Event(name) => Some(name.clone()),
            When::Cron(_) | When::Interval(_) => None,
        };
        let slot = |at: DateTime<Utc>| {
            let local = at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %:z").to_string();
            SlotOut { at, local }
        };
        let slots = config.preview(now, next, SLOTS).into_iter().map(slot).collect();
        Self { timezone: zone.name().to_owned(), event_name, slots }
    }
}
