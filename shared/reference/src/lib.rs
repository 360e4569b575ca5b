//! The reference warehouse: what stands in for the ETL team's database in the demo, in tests and in benches.
//!
//! | item | what |
//! |---|---|
//! | [`MIGRATOR`] | its schema, `migrations/etl` |
//! | [`chain`] | a believable chain of halls, deterministic by seed, written by COPY |
//! | [`rollup`] | the daily snapshots, derived from the facts by the contract's definitions |
//! | [`seed()`] | both, into an empty warehouse |
//! | [`builders`] | single hand-made rows, for tests |
//!
//! Everything connects as the warehouse's owner; readers use the crate `warehouse`.

pub mod builders;
pub mod chain;
pub mod rollup;
mod seed;

pub use seed::{Progress, seed};

/// Schema of the reference warehouse; run it as the database's owner (`zqyy_etl_owner`).
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/etl");
