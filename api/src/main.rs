//! `api`: the HTTP API and its one-off commands.
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    api::cli::run(api::cli::Cli::parse())
}
