//! The local stack: `cargo demo`, `cargo demo next-day`, `cargo verify`, and the developers' `regenerate`.
//!
//! | module | what |
//! |---|---|
//! | [`demo`] | a private PostgreSQL, a seeded chain of halls, api and worker under supervision |
//! | [`verify`] | every test, on a PostgreSQL of its own |
//! | [`regenerate`] | what is generated from code and schema |
//!
//! Exit codes: 0 done; 1 failed, with the reason on stderr; 2 wrong usage; `verify`: the test runner's.

mod cargo;
mod console;
mod contract;
mod demo;
mod environment;
mod figures;
mod manuals;
mod process;
mod regenerate;
mod signals;
mod verify;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Parser)]
#[command(name = "local", about = "The local stack of Neo-ZQYY", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine: PostgreSQL, a demo chain, worker and API. Ctrl-C stops all of it.
    Demo(demo::Options),
    /// Run every test on a PostgreSQL of its own. Arguments pass through to nextest (or cargo test).
    Verify {
        /// For the test runner: names of tests, `-p crate`, `--no-capture`, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write the generated files anew: DDL, table manuals, OpenAPI. `.ci/regenerate` also does the query cache.
    Regenerate,
    /// Start the server of a data directory that `verify` kept, until Ctrl-C.
    Server {
        /// The directory that `verify` named.
        home: PathBuf,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    testing::tls::install_provider();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return console::fail(&anyhow::Error::from(error).context("cannot start")),
    };
    let outcome: Result<ExitCode> = runtime.block_on(async {
        match cli.command {
            Command::Demo(options) => demo::run(options).await.map(|()| ExitCode::SUCCESS),
            Command::Verify { arguments } => verify::run(&arguments).await,
            Command::Regenerate => regenerate::run().await.map(|()| ExitCode::SUCCESS),
            Command::Server { home } => verify::reopen(&home).await.map(|()| ExitCode::SUCCESS),
        }
    });
    outcome.unwrap_or_else(|error| console::fail(&error))
}
