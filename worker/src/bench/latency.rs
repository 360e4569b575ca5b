//! `worker bench latency`: how long an event takes from its INSERT to the first line of its handler.
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use domain::schedule::{Coalesce, Scope};
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::table::{Table, peak_memory};
use crate::{App, JobContext, JobError, Outcome, Process, Registry};

/// Where to work: a migrated business database that no other worker serves. One job is added and removed again.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Business database as its owner (adds the job, inserts the events).
    #[arg(long)]
    biz_owner_url: String,
    /// Events measured, one after the other.
    #[arg(long, default_value_t = 2000)]
    samples: usize,
    /// Without notifications: what the poll alone guarantees.
    #[arg(long)]
    no_notify: bool,
}

/// Where the bench's handler says that it has started.
static STARTED: OnceLock<mpsc::UnboundedSender<Instant>> = OnceLock::new();

async fn started(_: JobContext<'_>) -> Result<Outcome, JobError> {
    if let Some(sender) = STARTED.get() {
        sender.send(Instant::now())?;
    }
    Outcome::succeeded(())
}

/// Measures, and returns the table.
pub async fn run(args: Args, app: App) -> anyhow::Result<Table> {
    let owner = PgPoolOptions::new()
        .max_connections(2)
        .connect(&args.biz_owner_url)
        .await
        .context("--biz-owner-url")?;
    let (sender, mut handled) = mpsc::unbounded_channel();
    STARTED.set(sender).ok().context("measured once per process")?;
    let registry = Registry::default()
        .register_job("bench_latency", Scope::Global, Coalesce::Site, |cx| Box::pin(started(cx)));
    set_up(&owner, args.no_notify).await?;

    let stop = CancellationToken::new();
    let process = tokio::spawn(Process::new(app, registry).run(stop.clone(), || {}));
    let mut times = Vec::with_capacity(args.samples);
    // The first ones open connections and plan statements.
    for sample in 0..args.samples + 20 {
        // Between the looks of a poll, not in step with them.
        tokio::time::sleep(Duration::from_millis(5 + rand::random_range(0..20))).await;
        let inserted = Instant::now();
        owner.execute("INSERT INTO biz.trigger_events (event_name) VALUES ('bench_latency')").await?;
        let at = tokio::time::timeout(Duration::from_secs(30), handled.recv())
            .await
            .context("an event was not handled within 30 s")?
            .context("the handler's channel is closed")?;
        if sample >= 20 {
            times.push(at.duration_since(inserted));
        }
    }
    stop.cancel();
    process.await?;
    tear_down(&owner).await?;
    Ok(table(&args, times))
}

async fn set_up(owner: &PgPool, no_notify: bool) -> anyhow::Result<()> {
    tear_down(owner).await?;
    owner
        .execute(
            "INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config)
             VALUES ('bench_latency', 'bench_latency', 'event', '{\"event_name\": \"bench_latency\", \"debounce_ms\": 0}')",
        )
        .await?;
    if no_notify {
        owner.execute("ALTER TABLE biz.trigger_events DISABLE TRIGGER trigger_events_wake").await?;
    }
    Ok(())
}

async fn tear_down(owner: &PgPool) -> anyhow::Result<()> {
    owner.execute("ALTER TABLE biz.trigger_events ENABLE TRIGGER trigger_events_wake").await?;
    owner
        .execute(
            "DELETE FROM biz.trigger_runs r USING biz.trigger_jobs j WHERE j.id = r.job_id AND j.job_name = 'bench_latency'",
        )
        .await?;
    owner.execute("DELETE FROM biz.trigger_events WHERE event_name = 'bench_latency'").await?;
    owner.execute("DELETE FROM biz.trigger_jobs WHERE job_name = 'bench_latency'").await?;
    Ok(())
}

fn table(args: &Args, mut times: Vec<Duration>) -> Table {
    times.sort_unstable();
    let at = |percent: usize| {
        let time = times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
        format!("{:.1} ms", time.copied().unwrap_or_default().as_secs_f64() * 1e3)
    };
    let (median, tail) = if args.no_notify { ("", "<= 1200 ms") } else { ("<= 10 ms", "<= 50 ms") };
    let how = if args.no_notify { "by the poll alone" } else { "by notification" };
    let mut table =
        Table::new(format!("event inserted → handler started, idle, {how}, {} samples", times.len()));
    table.text("p50", at(50), median);
    table.text("p90", at(90), "");
    table.text("p99", at(99), tail);
    table.text("most", at(100), "");
    table.text("peak resident memory of this process", peak_memory(), "");
    table
}
