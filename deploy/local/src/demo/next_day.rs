//! `cargo demo next-day`: one more day of business arrives, as the ETL would bring it.
use super::{chain, directory::Directory, stack::Places};
use crate::console::{self, Step};
use anyhow::{Context as _, Result, bail};
use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection, PgPool};
use std::time::{Duration, Instant};
use testing::Role;

/// How long the workers may take over a day.
const LIMIT: Duration = Duration::from_secs(180);

/// What the tasks' history says has happened at a hall.
#[derive(sqlx::FromRow)]
struct HallNews {
    name: String,
    recalls_completed: i64,
    follow_ups: i64,
    created: i64,
    type_changed: i64,
    expired: i64,
}

/// Moves the clock, brings the day, fires the event, and tells what came of it. `before_cut_off`: the clock stops in
/// the night of that day, when it has been rolled up and its date has not ended.
pub async fn run(directory: &Directory, before_cut_off: bool) -> Result<()> {
    let places = Places::of_running(directory)?;
    // Two at once would both bring the same day.
    let mut turn =
        PgConnection::connect_with(&places.biz.options(Role::Owner)).await.context("the demo is not up")?;
    sqlx::query("SELECT pg_advisory_lock(hashtext('zqyy.next_day'))").execute(&mut turn).await?;
    let biz = places.biz.pool(Role::Readonly, 2).await?;

    // Today may be rolled up already, where the clock was stopped before its cut-off.
    let day = chain::today(&places).await?.max(chain::next(&places).await?);
    let last_history: i64 =
        sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM biz.coach_task_history").fetch_one(&biz).await?;
    if before_cut_off {
        stop_clock_before_cut_off(&mut turn, day).await?;
        console::note(format!("The clock moves on: it is half past four, and {day} ends at its cut-off."));
    } else {
        move_clock(&mut turn).await?;
        console::note(format!("The clock moves on: {day} is over."));
    }
    let step = Step::begin("The day's business, and its snapshots");
    let arrived = chain::live(&places, day).await?;
    step.done(format!("{arrived} hall-days"));

    let events = fire(&places, day).await?;
    let step = Step::begin(format!("etl_data_updated for {} halls: the workers answer", events.len()));
    settled(&biz, &events).await?;
    step.done("");
    tell(&biz, last_history).await?;
    turn.close().await?;
    Ok(())
}

async fn move_clock(owner: &mut PgConnection) -> Result<()> {
    sqlx::query(
        "INSERT INTO biz.clock_offset (offset_seconds) VALUES (86400)
         ON CONFLICT (only_row) DO UPDATE
         SET offset_seconds = biz.clock_offset.offset_seconds + 86400, updated_at = now()",
    )
    .execute(owner)
    .await?;
    Ok(())
}

/// Half past four of the night in which the business date ends, at the hall that comes to it last; not back, where it is
/// past that already.
async fn stop_clock_before_cut_off(owner: &mut PgConnection, day: NaiveDate) -> Result<()> {
    sqlx::query(
        "WITH ahead AS (
             SELECT greatest(0, ceil(extract(epoch FROM max(($1::date + interval '28.5 hours') AT TIME ZONE timezone)
                                                        - biz.business_now())))::bigint AS seconds
             FROM biz.sites WHERE status = 'active')
         INSERT INTO biz.clock_offset (offset_seconds) SELECT seconds FROM ahead
         ON CONFLICT (only_row) DO UPDATE
         SET offset_seconds = biz.clock_offset.offset_seconds + excluded.offset_seconds, updated_at = now()",
    )
    .bind(day)
    .execute(owner)
    .await?;
    Ok(())
}

/// One event a hall, by the ETL's own role, after the warehouse has committed. Returns the newest id before them.
pub async fn fire(places: &Places, day: NaiveDate) -> Result<Vec<i64>> {
    let reader = places.biz.pool(Role::Readonly, 1).await?;
    let sites: Vec<i64> =
        sqlx::query_scalar("SELECT site_id FROM biz.sites WHERE status = 'active' ORDER BY site_id")
            .fetch_all(&reader)
            .await?;
    let before: i64 =
        sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM biz.trigger_events").fetch_one(&reader).await?;
    let mut writer = PgConnection::connect_with(&places.biz.options(Role::EtlWriter)).await?;
    sqlx::query(
        "INSERT INTO biz.trigger_events (event_name, site_id, payload)
         SELECT 'etl_data_updated', site_id, jsonb_build_object('batch', $2) FROM unnest($1::bigint[]) AS site_id",
    )
    .bind(&sites)
    .bind(format!("demo-{day}"))
    .execute(&mut writer)
    .await?;
    writer.close().await?;
    // The writer may not read; the ids are what came after.
    let ids = sqlx::query_scalar(
        "SELECT id FROM biz.trigger_events WHERE id > $1 AND event_name = 'etl_data_updated' AND payload ->> 'batch' = $2",
    )
    .bind(before)
    .bind(format!("demo-{day}"))
    .fetch_all(&reader)
    .await?;
    Ok(ids)
}

/// Until every run of these events, and of the events that those runs fired, has ended.
async fn settled(biz: &PgPool, events: &[i64]) -> Result<()> {
    let first = events.iter().min().copied().context("no active hall to tell")?;
    let until = Instant::now() + LIMIT;
    let mut quiet = 0;
    while quiet < 2 {
        let (waiting, unfinished, dead): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM biz.trigger_events WHERE id >= $1 AND dispatched_at IS NULL),
                    count(DISTINCT r.id) FILTER (WHERE r.state IN ('queued', 'running', 'failed')),
                    count(DISTINCT r.id) FILTER (WHERE r.state = 'dead')
             FROM biz.trigger_run_events l JOIN biz.trigger_runs r ON r.id = l.run_id
             WHERE l.event_id >= $1",
        )
        .bind(first)
        .fetch_one(biz)
        .await?;
        if dead > 0 {
            let error: Option<String> = sqlx::query_scalar(
                "SELECT j.job_name || ': ' || coalesce(r.error, 'no reason given')
                 FROM biz.trigger_run_events l
                 JOIN biz.trigger_runs r ON r.id = l.run_id
                 JOIN biz.trigger_jobs j ON j.id = r.job_id
                 WHERE l.event_id >= $1 AND r.state = 'dead' ORDER BY r.id LIMIT 1",
            )
            .bind(first)
            .fetch_optional(biz)
            .await?
            .flatten();
            bail!("{dead} runs are dead; the first: {}", error.unwrap_or_default());
        }
        quiet = if waiting == 0 && unfinished == 0 { quiet + 1 } else { 0 };
        if Instant::now() > until {
            bail!(
                "after {} s, {waiting} events wait and {unfinished} runs have not ended: does a worker run?",
                LIMIT.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn tell(biz: &PgPool, after: i64) -> Result<()> {
    let halls: Vec<HallNews> = sqlx::query_as(
        "SELECT s.name,
                count(*) FILTER (WHERE h.action = 'completed' AND t.task_type LIKE '%recall') AS recalls_completed,
                count(*) FILTER (WHERE h.action = 'created' AND t.task_type = 'follow_up_visit') AS follow_ups,
                count(*) FILTER (WHERE h.action = 'created' AND t.task_type <> 'follow_up_visit') AS created,
                count(*) FILTER (WHERE h.action = 'type_changed' AND h.new_status = 'active') AS type_changed,
                count(*) FILTER (WHERE h.action = 'expired') AS expired
         FROM biz.sites s
         LEFT JOIN biz.coach_task_history h ON h.site_id = s.site_id AND h.id > $1
         LEFT JOIN biz.coach_tasks t ON t.site_id = h.site_id AND t.id = h.task_id
         WHERE s.status = 'active'
         GROUP BY s.site_id, s.name ORDER BY s.site_id",
    )
    .bind(after)
    .fetch_all(biz)
    .await?;
    for hall in &halls {
        console::say(format!(
            "{}: {} recalls completed, {} follow-ups, {} new tasks, {} changed type, {} expired",
            hall.name, hall.recalls_completed, hall.follow_ups, hall.created, hall.type_changed, hall.expired
        ));
    }
    let sum = |of: fn(&HallNews) -> i64| halls.iter().map(of).sum::<i64>();
    console::say(format!(
        "Together: {} members came back and their recalls are completed; {} follow-ups.",
        sum(|h| h.recalls_completed),
        sum(|h| h.follow_ups)
    ));
    Ok(())
}
