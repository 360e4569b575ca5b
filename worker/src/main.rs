//! The worker's program; see `worker::cli`.
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    worker::cli::run(worker::cli::Cli::parse())
}
