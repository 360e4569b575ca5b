use clap::{Args, Subcommand, value_parser};
use std::path::PathBuf;

/// `cargo demo`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Start over: every row of an earlier demo is lost.
    #[arg(long)]
    pub fresh: bool,
    #[command(flatten)]
    pub size: Size,
    /// Worker processes.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u16).range(1..=16))]
    pub workers: u16,
    /// Where the demo keeps its files.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Where the demo keeps its files [default: .demo in the checkout]"
    )]
    pub directory: Option<PathBuf>,
    /// Use the api and worker that are built already.
    #[arg(long)]
    pub no_build: bool,
}

/// What the demo chain is like; counts when it is seeded.
#[derive(Args, Debug, Clone)]
pub struct Size {
    /// Halls.
    #[arg(long, value_parser = value_parser!(u32).range(1..=50))]
    pub sites: Option<u32>,
    /// Coaches of each hall.
    #[arg(long, value_parser = value_parser!(u32).range(2..=500))]
    pub coaches: Option<u32>,
    /// Members of each hall.
    #[arg(long, value_parser = value_parser!(u32).range(10..=100_000))]
    pub members: Option<u32>,
    /// Days of business up to today.
    #[arg(long, value_parser = value_parser!(u32).range(7..=1500))]
    pub days: Option<u32>,
    /// The same seed makes the same chain.
    #[arg(long)]
    pub seed: Option<u64>,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// In a demo that runs: one more day of business arrives.
    NextDay {
        /// Stop the clock at half past four in the morning: the night is rolled up, and its date has not ended. What the
        /// pages show then is what they show `asOf` that date ever after.
        #[arg(long)]
        before_cut_off: bool,
    },
}
