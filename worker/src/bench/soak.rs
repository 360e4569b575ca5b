//! `worker bench soak`: a steady stream of events for a long time, a third of it with a snapshot held open. What the
//! process's memory and the queue's relations come to, and whether the queue keeps up.
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};
use store::scheduler::prune;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    queue::{Crew, rows},
    table::{Table, memory},
};
use crate::App;

/// How often events are fired, in one transaction each time.
const BEAT: Duration = Duration::from_millis(100);
/// In a second.
const BEATS: i64 = 10;
/// How often what has ended is removed, as retention would after weeks.
const SWEEP: Duration = Duration::from_secs(5);

/// How long, and how much. The database must be migrated, served by no other worker, and is emptied.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Business database as its owner (fires, counts, removes what has ended for 10 s).
    #[arg(long)]
    biz_owner_url: String,
    /// Minutes of each of the three parts: without, with, and again without a snapshot held open.
    #[arg(long, default_value_t = 5)]
    minutes: u64,
    /// Events a second; each is a run of its own.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(i64).range(1..))]
    rate: i64,
    /// Sites they belong to.
    #[arg(long, default_value_t = 100)]
    sites: i64,
}

/// Soaks, and returns the table.
pub async fn run(args: Args, app: App) -> anyhow::Result<Table> {
    let owner = PgPoolOptions::new()
        .max_connections(3)
        .connect(&args.biz_owner_url)
        .await
        .context("--biz-owner-url")?;
    rows::prepare(&owner, args.sites).await?;
    let crew = Crew::start(std::slice::from_ref(&app));
    let mut table = Table::new(format!(
        "soak: {} events a second over {} sites, three times {} min",
        args.rate, args.sites, args.minutes
    ));
    for (what, held) in [("at first", false), ("with a snapshot held open", true), ("after it", false)] {
        let mut snapshot = owner.acquire().await?;
        if held {
            snapshot
                .execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM biz.trigger_runs")
                .await?;
        }
        let fired = stream(&owner, &app, &args).await?;
        let waiting: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM biz.trigger_events WHERE dispatched_at IS NULL)
                  + (SELECT count(*) FROM biz.trigger_runs WHERE state IN ('queued', 'failed', 'running'))",
        )
        .fetch_one(&owner)
        .await?;
        table.text(
            &format!("{what}: events fired, of these not done at the end"),
            format_args!("{fired}, {waiting}"),
            "",
        );
        table.text(&format!("{what}: resident memory"), memory("VmRSS"), "flat");
        table.text(&format!("{what}: the queue's relations"), sizes(&owner).await?, "");
        if held {
            snapshot.execute("COMMIT").await?;
        }
        drop(snapshot);
        let began = Instant::now();
        rows::drained(&owner).await?;
        table.text(
            &format!("{what}: the rest done in"),
            format_args!("{:.1} s", began.elapsed().as_secs_f64()),
            "",
        );
    }
    crew.stop().await;
    rows::tear_down(&owner).await?;
    Ok(table)
}

/// Events at the asked rate, whatever the workers do, and retention beside them; how many were fired.
async fn stream(owner: &PgPool, app: &App, args: &Args) -> anyhow::Result<i64> {
    let until = Instant::now() + Duration::from_secs(60 * args.minutes);
    let retention = {
        let (owner, app) = (owner.clone(), app.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                sweep(&owner, &app).await?;
            }
        })
    };
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut beats, mut fired) = (0, 0);
    while Instant::now() < until && !retention.is_finished() {
        beat.tick().await;
        beats += 1;
        // A rate below one per beat fires at some of them.
        let count = args.rate * beats / BEATS - fired;
        if count > 0 {
            rows::fire_on(owner, "bench_each", count, args.sites, fired).await?;
            fired += count;
        }
    }
    if retention.is_finished() {
        return retention.await?;
    }
    retention.abort();
    Ok(fired)
}

async fn sweep(owner: &PgPool, app: &App) -> anyhow::Result<()> {
    owner
        .execute(
            "DELETE FROM biz.trigger_events e WHERE e.dispatched_at < now() - interval '10 seconds' AND NOT EXISTS (
                 SELECT FROM biz.trigger_run_events l JOIN biz.trigger_runs r ON r.id = l.run_id
                 WHERE l.event_id = e.id AND r.finished_at IS NULL)",
        )
        .await?;
    owner.execute("DELETE FROM biz.trigger_runs WHERE finished_at < now() - interval '10 seconds'").await?;
    while !prune::batch(&app.biz).await?.is_empty() {}
    Ok(())
}

/// Tables with their indexes.
async fn sizes(owner: &PgPool) -> anyhow::Result<String> {
    Ok(sqlx::query_scalar(
        "SELECT string_agg(name || ' ' || pg_size_pretty(pg_total_relation_size(name::regclass)), ', ')
         FROM unnest(ARRAY['biz.trigger_runs', 'biz.trigger_events', 'biz.trigger_run_events', 'apalis.jobs']) AS name",
    )
    .fetch_one(owner)
    .await?)
}
