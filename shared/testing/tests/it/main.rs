//! The test databases themselves.
mod dbs;
