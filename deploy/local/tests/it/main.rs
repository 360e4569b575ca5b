//! The two commands, as a person runs them.
mod demo;
mod stage;
