//! Subcommands, and what their exit codes mean.
mod check_etl;
mod create_admin;
mod dev_token;
mod password;
mod set_password;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use store::config::{Config, ConfigError};

use crate::{bench, router, serve};

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed (the last line says why), 2 unusable configuration or arguments; nothing was started.

Configuration: embedded defaults, then --config, then environment variables ZQYY__SECTION__KEY; \
`api config` prints every key with its default.";

/// Neo-ZQYY's HTTP API.
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
    /// Answer requests (the default)
    Serve,
    /// Bring the business database to this program's schema; connect as its owner (database.migrate_url)
    Migrate,
    /// Hold the warehouse against the contract; lists what departs from it, 1 if something that runs breaks on it
    CheckEtl,
    /// Make an administrator of every site, connected as for `serve`; 1 if the name is taken, 2 if name or password is not accepted
    CreateAdmin(create_admin::Args),
    /// Give somebody who is there a back-office name and a new password, and end their sessions; 1 if nobody is meant or the
    /// name is taken, 2 if name or password is not accepted
    SetPassword(set_password::Args),
    /// Print the OpenAPI 3.1 document
    Openapi,
    /// Print the reference of every configuration key
    Config,
    /// Measure every read route on the hall that is there, beside pgbench running the same statements
    Bench(bench::Args),
    /// Print an access token; only where auth.dev_login is on
    DevToken(dev_token::Args),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Openapi => print(&document()),
        Command::Config => print(store::config::DEFAULTS),
        command => {
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
                match command {
                    Command::Migrate => migrate(&config).await,
                    Command::CheckEtl => check_etl::run(&config).await,
                    Command::CreateAdmin(args) => create_admin::run(&config, &args).await,
                    Command::SetPassword(args) => set_password::run(&config, &args).await,
                    Command::DevToken(args) => dev_token::run(&config, &args).await,
                    Command::Bench(args) => {
                        let report = bench::run(config.clone(), args).await?;
                        io::stdout().lock().write_all(report.to_string().as_bytes()).map_err(Into::into)
                    }
                    Command::Serve | Command::Openapi | Command::Config => serve::serve(&config).await,
                }
            });
            match done {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) if error.is::<ConfigError>() || error.is::<Unusable>() => refuse(&error, 2),
                Err(error) => refuse(&error, 1),
            }
        }
    }
}

/// An argument that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
struct Unusable(anyhow::Error);

/// The committed copy is this text.
pub fn document() -> String {
    let mut text = router::document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let url = config.database.migrate()?;
    store::connect::check(&config.database, "database.migrate_url", url, serve::PROGRAM).await?;
    store::migrate::run(&url.options()).await?;
    tracing::info!(database = %url, "the business schema is up to date");
    Ok(())
}

/// Standard output; a reader that has left is no error.
fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => refuse(&error.into(), 1),
        _ => ExitCode::SUCCESS,
    }
}

fn refuse(error: &anyhow::Error, code: u8) -> ExitCode {
    // Nothing is left to do about a standard error that cannot be written to.
    drop(writeln!(io::stderr().lock(), "api: {error:#}"));
    ExitCode::from(code)
}
