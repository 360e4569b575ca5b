//! The test databases themselves, the migrations that make them, and the cached queries that are checked on them.
mod dbs;
mod migrations;
mod query_cache;
mod server;
