//! Events that coalesce, and a neighbour whose do not.
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use sqlx::PgPool;
use tokio::sync::mpsc;

use super::{Args, rows};
use crate::{JobContext, JobError, Outcome, bench::table::Table};

/// Where the quiet neighbour's handler says that it has started.
static STARTED: OnceLock<mpsc::UnboundedSender<Instant>> = OnceLock::new();

pub(super) async fn quiet(_: JobContext<'_>) -> Result<Outcome, JobError> {
    if let Some(sender) = STARTED.get() {
        sender.send(Instant::now())?;
    }
    Outcome::succeeded(())
}

/// A thousand events of one site, and many over all sites: how many runs, how long.
pub(super) async fn coalescing(owner: &PgPool, args: &Args, table: &mut Table) -> anyhow::Result<()> {
    rows::fire(owner, "bench_shared", 1000, 1).await?;
    rows::drained(owner).await?;
    table.text("1000 events of one site in one transaction: runs", runs(owner).await?, "1, at most 2");
    rows::empty(owner).await?;
    let began = Instant::now();
    rows::fire(owner, "bench_shared", args.events, args.sites).await?;
    rows::drained(owner).await?;
    let took = began.elapsed();
    let what = format!("{} events over {} sites: runs, drained in", args.events, args.sites);
    let bar = format!("<= {}, < 60 s", 2 * args.sites);
    table.text(&what, format_args!("{}, {:.1} s", runs(owner).await?, took.as_secs_f64()), &bar);
    rows::empty(owner).await
}

async fn runs(owner: &PgPool) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM biz.trigger_runs").fetch_one(owner).await?)
}

/// How soon another site's runs start, idle and beside a site with a long queue of its own.
pub(super) async fn neighbour(owner: &PgPool, args: &Args, table: &mut Table) -> anyhow::Result<()> {
    let (sender, mut started) = mpsc::unbounded_channel();
    STARTED.set(sender).ok().context("measured once per process")?;
    let (idle, own) = pickups(owner, args.samples, &mut started).await?;
    rows::queue(owner, "bench_noise", 100_000, 1).await?;
    let (noisy, noisy_own) = pickups(owner, args.samples, &mut started).await?;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.trigger_runs WHERE state = 'queued'")
        .fetch_one(owner)
        .await?;
    table.text("event of a quiet site → handler, idle: p50, p99", show(idle), "");
    table.text(
        &format!("the same beside 100000 waiting runs of one other site ({left} still wait)"),
        show(noisy),
        "",
    );
    table.text(
        "  of these the event's own INSERT, which waits for the disk: idle; beside them",
        format_args!("{}; {}", show(own), show(noisy_own)),
        "",
    );
    let ratio = noisy.1.as_secs_f64() / idle.1.as_secs_f64();
    table.text("  its p99 against idle", format_args!("{ratio:.1} ×"), "<= 2 ×");
    rows::empty(owner).await
}

fn show((half, most): Percentiles) -> String {
    format!("{:.1} ms, {:.1} ms", half.as_secs_f64() * 1e3, most.as_secs_f64() * 1e3)
}

/// p50 and p99 from before the event is inserted to its handler, and of the insert alone.
async fn pickups(
    owner: &PgPool,
    samples: usize,
    started: &mut mpsc::UnboundedReceiver<Instant>,
) -> anyhow::Result<(Percentiles, Percentiles)> {
    let (mut handled, mut inserts) = (vec![], vec![]);
    for _ in 0..samples {
        tokio::time::sleep(Duration::from_millis(5 + rand::random_range(0..20))).await;
        let began = Instant::now();
        sqlx::query("INSERT INTO biz.trigger_events (event_name, site_id) VALUES ('bench_quiet', 2)")
            .execute(owner)
            .await?;
        inserts.push(began.elapsed());
        let at = tokio::time::timeout(Duration::from_secs(30), started.recv())
            .await
            .context("an event was not handled within 30 s")?
            .context("the handler's channel is closed")?;
        handled.push(at.duration_since(began));
    }
    Ok((percentiles(handled), percentiles(inserts)))
}

type Percentiles = (Duration, Duration);

fn percentiles(mut times: Vec<Duration>) -> Percentiles {
    times.sort_unstable();
    let at = |percent: usize| {
        times
            .get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    (at(50), at(99))
}
