//! Everything that knows the business database `zqyy_app`.
//!
//! Flow: a route or job opens a transaction by one of the doors ([`SiteTx`] for people at one site, [`AccountTx`] for a
//! user's own account, [`AdminTx`] for administrators, [`SystemDoor`] for the worker), calls one `operation` (load →
//! decide → save → enqueue) or one read of `db`, and commits. Rules are in the `domain` crate; SQL is in `db` and
//! `scheduler`; nothing here calls upward.

pub mod account_tx;
pub mod admin_tx;
pub mod config;
pub mod connect;
pub mod db;
pub mod error;
pub mod idempotency;
pub mod jobs;
pub mod limits;
pub mod migrate;
pub mod operations;
pub mod scheduler;
pub mod site_tx;
pub mod system_tx;
pub mod telemetry;

pub use account_tx::AccountTx;
pub use admin_tx::AdminTx;
pub use error::StoreError;
pub use site_tx::{Access, SiteTx};
pub use system_tx::{Fence, SystemDoor, SystemTx};
