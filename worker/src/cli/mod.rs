//! Subcommands, and what their exit codes mean.
mod check;
mod once;
mod serve;

use std::{
    fmt,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use store::config::{Config, ConfigError};
use warehouse::Warehouse;

use crate::{App, app::chat, bench};

/// Shown by the databases as the application's name.
const PROGRAM: &str = "zqyy-worker";

/// Connections of the pool that are not the runs': one listens, one dispatches, one claims.
const OF_POOL: u32 = 3;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed (the last line says why), 2 unusable configuration or arguments; nothing was started.

Configuration: embedded defaults, then --config, then environment variables ZQYY__SECTION__KEY.
serve needs database.biz_url as role zqyy_worker on a database migrated by `api migrate`, connected directly and not
through a transaction pooler. SIGTERM drains: runs in progress may end for worker.drain_seconds, the rest is given back.";

/// Neo-ZQYY's worker: runs what biz.trigger_jobs says. Start as many as needed, on as many hosts.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run jobs until SIGTERM (the default)
    Serve,
    /// Look at configuration, databases, schedules and connections; says what is wrong and what comes next
    Check,
    /// Run a job once, now, and print what came of it
    Run(once::Args),
    /// Measure
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// The morning of many sites beside what PostgreSQL alone needs for the same rows
    Generator(bench::generator::Args),
    /// No-op runs end to end beside pgbench, with a long history, with a snapshot held; storms, a noisy neighbour
    Queue(bench::queue::Args),
    /// From an inserted event to its handler's start
    Latency(bench::latency::Args),
    /// A steady stream of events for a long time: memory, and the size of the queue's relations
    Soak(bench::soak::Args),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let config = match Config::load(cli.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return refuse(&error.into(), 2),
    };
    store::telemetry::init(&config.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error.into(), 1),
    };
    let done = runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::serve(config).await,
            Command::Check => check::check(&config).await,
            Command::Run(args) => once::run(config, args).await,
            Command::Bench(Bench::Generator(args)) => {
                let app = app(config).await?;
                let warehouse = app.warehouse.context("database.etl_url is not set")?;
                print(bench::generator::run(args, app.biz, warehouse).await?)
            }
            Command::Bench(Bench::Queue(args)) => {
                let (config, workers) = args.workers(config);
                let mut apps = vec![];
                for _ in 0..workers {
                    apps.push(app(config.clone()).await?);
                }
                print(bench::queue::run(args, apps).await?)
            }
            Command::Bench(Bench::Latency(args)) => {
                print(bench::latency::run(args, app(config).await?).await?)
            }
            Command::Bench(Bench::Soak(args)) => print(bench::soak::run(args, app(config).await?).await?),
        }
    });
    // A handler that blocks must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<ConfigError>() || error.is::<Unusable>() => refuse(&error, 2),
        Err(error) => refuse(&error, 1),
    }
}

/// A configuration whose values do not go together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

/// Connects; refuses an older schema, and a moved clock outside the demo.
async fn app(config: Config) -> anyhow::Result<App> {
    let connections = config.database.max_connections;
    if connections <= OF_POOL {
        let why = format!("a worker needs {OF_POOL} for itself and at least one for its runs");
        return Err(Unusable(format!("database.max_connections = {connections}: {why}")).into());
    }
    let biz = store::connect::biz(&config.database, config.database.biz()?, PROGRAM).await?;
    store::migrate::check(&biz).await?;
    store::connect::check_clock(&biz, config.auth.dev_login).await?;
    let warehouse = match config.database.etl() {
        Ok(url) => Some(Warehouse::new(store::connect::etl(&config.database, url, PROGRAM))),
        Err(ConfigError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let ai = chat(&config)?;
    Ok(App { biz, warehouse, ai, config })
}

/// Standard output; a reader that has left is no error.
fn print(text: impl fmt::Display) -> anyhow::Result<()> {
    match write!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn refuse(error: &anyhow::Error, code: u8) -> ExitCode {
    // Nothing is left to do about a standard error that cannot be written to.
    drop(writeln!(io::stderr().lock(), "worker: {error:#}"));
    ExitCode::from(code)
}
