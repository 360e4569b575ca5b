//! What tests and the local stack stand on: a private PostgreSQL, both databases migrated, rows with defaults.
//!
//! - A test begins with [`TestDbs::new`]: copies of both databases, reached as the *application* roles, because a
//!   superuser or a table's owner passes row-level security and would pass isolation tests falsely.
//! - [`builders`] write business rows with defaults that satisfy every constraint.
//! - [`property`] runs a property of proptest over one pair of databases.
//! - [`fake_ai`] speaks an AI's protocol, [`fake_wechat`] WeChat's.
//! - [`service_manager`] hears what systemd would hear of a program.
//! - [`server`] starts, takes over and stops a server; [`provision`] makes roles, databases and schemas on any.
//! - [`schema`] holds answers against the document.
//! - [`cluster`](mod@cluster) says which server the tests of a checkout share.

pub mod access;
pub mod builders;
pub mod cluster;
pub mod dbs;
pub mod environment;
pub mod fake_ai;
pub mod fake_wechat;
pub mod property;
pub mod provision;
pub mod schema;
pub mod server;
pub mod service_manager;
pub mod tls;

pub use access::{Access, Role, Secret};
pub use dbs::TestDbs;
pub use fake_ai::FakeAi;
pub use fake_wechat::FakeWechat;
pub use service_manager::ServiceManager;
