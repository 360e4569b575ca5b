//! `cargo demo`: everything on this machine.
//!
//! | file in `.demo/` | what |
//! |---|---|
//! | `env` (0600) | lines to `source`: URLs, tokens, process ids |
//! | `stack.json` (0600) | how to reach the databases, for `next-day` |
//! | `api.env`, `worker.env` (0600) | exactly what the two programs run with |
//! | `api.log`, `worker-N.log` | what they said |
//! | `lock`, `children` | who runs here |
//! | `postgres/` | the private server (below `/var/tmp` when root's home keeps its user out) |

mod chain;
mod directory;
mod env_file;
mod next_day;
mod options;
mod outside;
mod people;
mod ports;
mod replay;
mod seed;
mod settings;
mod stack;
mod supervise;
mod welcome;

pub use options::Options;

use crate::{cargo, console::Step, signals::Stop};
use anyhow::Result;
use directory::Directory;
use options::Command;
use outside::Outside;
use stack::Stack;

/// Runs the demo until somebody asks it to stop, or one more day in a demo that runs.
pub async fn run(options: Options) -> Result<()> {
    let directory = Directory::at(options.directory.as_deref())?;
    match options.command {
        Some(Command::NextDay { before_cut_off }) => next_day::run(&directory, before_cut_off).await,
        None => up(options, &directory).await,
    }
}

async fn up(options: Options, directory: &Directory) -> Result<()> {
    let lock = directory.lock()?;
    let mut stop = Stop::listen()?;
    directory.end_orphans().await?;
    if options.fresh {
        directory.clear().await?;
    }
    let stack = tokio::select! {
        stack = Stack::start(directory) => stack?,
        () = stop.asked() => return Ok(()),
    };
    let outside = Outside::start().await?;
    // Dropping the preparation half-way is safe: a seed that did not end is begun anew the next time.
    let outcome = tokio::select! {
        ready = prepare(&options, directory, &stack, &outside) => match ready {
            Ok(services) => supervise::run(services, directory, &stack, &mut stop).await,
            Err(error) => Err(error),
        },
        () = stop.asked() => Ok(()),
    };
    let step = Step::begin("Stopping");
    stack.stop().await?;
    directory.forget_children()?;
    step.done("");
    drop(lock);
    outcome
}

/// Everything before the programs start: built, migrated, seeded.
async fn prepare(
    options: &Options,
    directory: &Directory,
    stack: &Stack,
    outside: &Outside,
) -> Result<settings::Services> {
    let programs = if options.no_build {
        cargo::found_programs()?
    } else {
        let step = Step::begin("Building api and worker");
        let programs = cargo::build_programs().await?;
        step.done("");
        programs
    };
    seed::ensure(options, stack).await?;
    settings::Services::plan(options, directory, stack, programs, outside)
}
