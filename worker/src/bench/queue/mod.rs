//! `worker bench queue`: no-op runs end to end beside pgbench with the same statements and beside a bare SKIP LOCKED
//! loop; with a million finished rows; with a snapshot held open; storms of events; a noisy neighbour.
//!
//! | file | what |
//! |---|---|
//! | `rows` | filling, emptying and counting |
//! | `pgbench` | the other side of the comparison |
//! | `storms` | events that coalesce, and a neighbour that does not |

mod pgbench;
pub(super) mod rows;
mod storms;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::schedule::{Coalesce, Scope};
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};
use store::config::Config;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::table::{Table, peak_memory};
use crate::{App, JobContext, JobError, Outcome, Process, Registry};

/// Where to work and how much. The database must be migrated, served by no other worker, and is emptied.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Business database as its owner (fills, empties, counts).
    #[arg(long)]
    biz_owner_url: String,
    /// Runs per round.
    #[arg(long, default_value_t = 50_000)]
    runs: i64,
    /// Sites they belong to: runs of one job and site never overlap.
    #[arg(long, default_value_t = 1000)]
    sites: i64,
    /// Worker processes' worth of tasks, each with pools of its own; pgbench and the bare loop get as many clients.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// Runs at once per worker, and per claim of pgbench.
    #[arg(long, default_value_t = 256)]
    slots: usize,
    /// Rounds of which the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Finished rows for the row with a long history.
    #[arg(long, default_value_t = 1_000_000)]
    finished: i64,
    /// Events of the storm over all sites.
    #[arg(long, default_value_t = 100_000)]
    events: i64,
    /// Events measured beside the noisy neighbour.
    #[arg(long, default_value_t = 1000)]
    samples: usize,
}

async fn nothing(_: JobContext<'_>) -> Result<Outcome, JobError> {
    Outcome::succeeded(())
}

fn registry() -> Registry {
    Registry::default()
        .register_job("bench_each", Scope::Site, Coalesce::None, |cx| Box::pin(nothing(cx)))
        .register_job("bench_shared", Scope::Site, Coalesce::Site, |cx| Box::pin(nothing(cx)))
        .register_job("bench_noise", Scope::Site, Coalesce::None, |cx| Box::pin(nothing(cx)))
        .register_job("bench_quiet", Scope::Site, Coalesce::Site, |cx| Box::pin(storms::quiet(cx)))
}

/// Workers in this process, as they would be in several.
pub(super) struct Crew {
    stop: CancellationToken,
    processes: JoinSet<()>,
}

impl Crew {
    pub fn start(apps: &[App]) -> Self {
        let stop = CancellationToken::new();
        let mut processes = JoinSet::new();
        for app in apps {
            processes.spawn(Process::new(app.clone(), registry()).run(stop.clone(), || {}));
        }
        Self { stop, processes }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.processes.join_all().await;
    }
}

impl Args {
    /// The configuration of each worker of the bench; how many there are to be.
    pub fn workers(&self, mut config: Config) -> (Config, usize) {
        config.worker.concurrency = self.slots;
        (config, self.workers)
    }
}

/// Runs per second of several rounds: median, least, most.
struct Rate(Vec<f64>);

impl Rate {
    fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        write!(f, "{:.0}/s ({least:.0} – {most:.0})", self.median())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn per_second(count: i64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Measures everything, in one run on one server, and returns the table.
pub async fn run(args: Args, apps: Vec<App>) -> anyhow::Result<Table> {
    let owner = PgPoolOptions::new()
        .max_connections(4)
        .connect(&args.biz_owner_url)
        .await
        .context("--biz-owner-url")?;
    rows::prepare(&owner, args.sites).await?;
    let mut table = Table::new(format!(
        "{} runs per round over {} sites, {} workers with {} slots each, {} rounds",
        args.runs, args.sites, args.workers, args.slots, args.rounds
    ));
    let crew = Crew::start(&apps);

    // The first fill plans statements and opens connections.
    end_to_end(&owner, &args, 1).await?;
    let ours = end_to_end(&owner, &args, args.rounds).await?;
    table.text("no-op runs end to end: event, run row, claim, end", &ours, ">= 3000/s");
    let waiting = from_rows(&owner, &args, args.rounds).await?;
    table.text("the same from run rows that wait", &waiting, "");

    rows::finish_many(&owner, args.finished).await?;
    let long = end_to_end(&owner, &args, args.rounds).await?;
    table.text(&format!("end to end beside {} finished rows", args.finished), &long, "");
    table.text("  its cost", percent(1.0 - long.median() / ours.median()), "<= 20 %");
    rows::empty(&owner).await?;

    let mut snapshot = owner.acquire().await?;
    snapshot.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM biz.trigger_runs").await?;
    let held = end_to_end(&owner, &args, args.rounds).await?;
    table.text("end to end with a snapshot held open throughout", &held, "");
    table.text("  its cost", percent(1.0 - held.median() / ours.median()), "");
    table.text("  largest of the queue's relations then", rows::largest(&owner).await?, "");
    snapshot.execute("COMMIT").await?;
    drop(snapshot);

    rows::empty(&owner).await?;
    storms::coalescing(&owner, &args, &mut table).await?;
    storms::neighbour(&owner, &args, &mut table).await?;
    crew.stop().await;

    let worker_url =
        apps.first().and_then(|app| app.config.database.biz().ok()).context("database.biz_url")?;
    let same = pgbench::same_statements(&owner, worker_url, &args).await?;
    table.text("pgbench with the same claim and end, as many clients, as many per claim", &same, "");
    table.text("  run rows that wait, ours of that", percent(waiting.median() / same.median()), ">= 30 %");
    let bare = pgbench::bare(&owner, &args).await?;
    table.text("bare SKIP LOCKED loop of pgbench, 100 rows a time", &bare, "");
    rows::tear_down(&owner).await?;
    table.text("peak resident memory of this process, all workers", peak_memory(), "");
    Ok(table)
}

fn percent(ratio: f64) -> String {
    format!("{:.0} %", ratio * 100.0)
}

/// From the insert of the events to the last end.
async fn end_to_end(owner: &PgPool, args: &Args, rounds: usize) -> anyhow::Result<Rate> {
    let mut rates = vec![];
    for _ in 0..rounds {
        rows::empty_unfinished(owner).await?;
        let began = Instant::now();
        rows::fire(owner, "bench_each", args.runs, args.sites).await?;
        rows::drained(owner).await?;
        rates.push(per_second(args.runs, began.elapsed()));
    }
    Ok(Rate(rates))
}

/// The same without events and dispatch.
async fn from_rows(owner: &PgPool, args: &Args, rounds: usize) -> anyhow::Result<Rate> {
    let mut rates = vec![];
    for _ in 0..rounds {
        rows::empty_unfinished(owner).await?;
        let began = Instant::now();
        rows::queue(owner, "bench_each", args.runs, args.sites).await?;
        rows::drained(owner).await?;
        rates.push(per_second(args.runs, began.elapsed()));
    }
    Ok(Rate(rates))
}
