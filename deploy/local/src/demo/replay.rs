//! The coaches' last 60 days, day by day, by the jobs' own functions with the clock of each morning: so that history,
//! statistics, abandoned and completed tasks and notes are there from the first minute.
use super::stack::Places;
use crate::console::Progress;
use anyhow::{Context as _, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::{Calendar, SiteId};
use reference::chain::{ChainSpec, HallInfo};
use sqlx::PgPool;
use store::SystemDoor;
use testing::Role;
use warehouse::Warehouse;
use worker::jobs::{
    expiry,
    follow_ups::{self, Scoring},
    morning,
    work::Work,
};

/// Business days that are replayed.
const DAYS: u64 = 60;
/// The generator starts at 04:00, when the night is rolled up.
const GENERATOR_HOUR: u32 = 4;

/// Who writes during the replay.
struct Actors {
    /// Runs the jobs, as in production.
    worker: PgPool,
    /// Writes what coaches did: the api's operations know only the present.
    owner: PgPool,
    /// Brings the services of each day.
    etl: PgPool,
    warehouse: Warehouse,
}

/// Replays the days before the spec's last one, all halls side by side.
pub async fn run(places: &Places, spec: &ChainSpec) -> Result<()> {
    let actors = Actors {
        worker: places.biz.pool(Role::Worker, 4).await?,
        owner: places.biz.pool(Role::Owner, 4).await?,
        etl: places.etl.pool(Role::EtlOwner, 4).await?,
        warehouse: Warehouse::new(places.etl.pool(Role::EtlReader, 4).await?),
    };
    let first = spec.first_day().max(spec.last_day - Days::new(DAYS - 1));
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= spec.last_day).collect();
    let halls = spec.halls();
    let bar = Progress::begin("Coaches: their last 60 days", (days.len() * halls.len()) as u64);
    for hall in &halls {
        hide_services_from(&actors, hall, &days).await?;
    }
    // Halls share nothing; two at once keep two cores busy.
    for pair in halls.chunks(2) {
        let story = async |hall: &HallInfo| -> Result<()> {
            for day in &days {
                live(&actors, hall, *day, spec.seed)
                    .await
                    .with_context(|| format!("replaying {day} of {}", hall.site_code))?;
                bar.advance_by(1);
            }
            Ok(())
        };
        match pair {
            [one, other] => tokio::try_join!(story(one), story(other)).map(|_| ())?,
            _ => story(&pair[0]).await?,
        }
    }
    // What the recalls fired has been answered here, at its time.
    sqlx::query("DELETE FROM biz.trigger_events WHERE event_name = 'recall_completed'")
        .execute(&actors.owner)
        .await?;
    bar.done();
    Ok(())
}

/// One hall's business day, and the morning after it.
async fn live(actors: &Actors, hall: &HallInfo, day: NaiveDate, seed: u64) -> Result<()> {
    let calendar = Calendar::new(&hall.timezone, hall.cutoff_hour)?;
    let seed = i64::try_from(seed)?;
    let day_range = calendar.range(day, day);
    sqlx::query(include_str!("coach_day.sql"))
        .bind(hall.site_id)
        .bind(day_range.start)
        .bind(seed)
        .execute(&actors.owner)
        .await
        .context("what the coaches did")?;
    let services = bring_services(actors, hall, day_range.end).await?;
    write_notes(actors, hall, &services, seed).await?;

    let morning_of = day + Days::new(1);
    let at = calendar.instant(morning_of.and_hms_opt(GENERATOR_HOUR, 0, 0).context("a time of day")?);
    let work = |at: DateTime<Utc>| {
        let door = SystemDoor::new(actors.worker.clone()).at(at);
        Work::new(door, actors.warehouse.clone(), SiteId(hall.site_id))
    };
    expiry::run(&work(at)).await?;
    morning::run(&work(at)).await?;
    // The event's run comes moments after the one that fired it.
    let follow_up = work(at + TimeDelta::seconds(5));
    for recall in follow_ups::unanswered(&follow_up).await? {
        follow_ups::answer(&follow_up, &recall, Scoring::Off).await?;
    }
    Ok(())
}

/// A pair's service, and when it was booked.
type Service = (i64, i64, DateTime<Utc>);

/// A recall is completed by the earliest service since it was made: those of later days must not be there yet. They
/// are marked (any `is_delete` but 0 counts nowhere) until their day has come.
const NOT_YET: i16 = 9;

async fn hide_services_from(actors: &Actors, hall: &HallInfo, days: &[NaiveDate]) -> Result<()> {
    let calendar = Calendar::new(&hall.timezone, hall.cutoff_hour)?;
    let Some(first) = days.first() else { return Ok(()) };
    sqlx::query(
        "UPDATE dwd.assistant_service_log SET is_delete = $3
         WHERE site_id = $1 AND create_time >= $2 AND is_delete = 0",
    )
    .bind(hall.site_id)
    .bind(calendar.start_of(*first))
    .bind(NOT_YET)
    .execute(&actors.etl)
    .await?;
    Ok(())
}

/// The day's services arrive; returns those of members.
async fn bring_services(actors: &Actors, hall: &HallInfo, until: DateTime<Utc>) -> Result<Vec<Service>> {
    Ok(sqlx::query_as(
        "WITH arrived AS (
             UPDATE dwd.assistant_service_log SET is_delete = 0
             WHERE site_id = $1 AND create_time < $2 AND is_delete = $3
             RETURNING site_assistant_id, tenant_member_id, create_time)
         SELECT site_assistant_id, tenant_member_id, max(create_time) FROM arrived
         WHERE tenant_member_id > 0 GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .bind(hall.site_id)
    .bind(until)
    .bind(NOT_YET)
    .fetch_all(&actors.etl)
    .await?)
}

async fn write_notes(actors: &Actors, hall: &HallInfo, services: &[Service], seed: i64) -> Result<()> {
    let coaches: Vec<i64> = services.iter().map(|s| s.0).collect();
    let members: Vec<i64> = services.iter().map(|s| s.1).collect();
    let ended: Vec<DateTime<Utc>> = services.iter().map(|s| s.2).collect();
    sqlx::query(include_str!("service_notes.sql"))
        .bind(hall.site_id)
        .bind(coaches)
        .bind(members)
        .bind(ended)
        .bind(seed)
        .execute(&actors.owner)
        .await
        .context("notes after the day's services")?;
    Ok(())
}
