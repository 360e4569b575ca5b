//! The two commands, as a person runs them.
#[cfg(test)]
mod demo;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod stage;
