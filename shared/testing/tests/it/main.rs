//! The test databases themselves, the migrations that make them, and the cached queries that are checked on them.
#[cfg(test)]
mod dbs;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod one_clock;
#[cfg(test)]
mod query_cache;
#[cfg(test)]
mod server;
