//! `worker bench …`: what is claimed to be fast, measured beside PostgreSQL alone in the same run. The only SQL of this
//! crate is here: filling empty databases, and the other side of the comparison.
pub mod generator;
pub mod latency;
pub mod queue;
pub mod soak;
pub mod table;
