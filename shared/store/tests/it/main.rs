//! The business database's rules against a real PostgreSQL, as the application's roles.
#[cfg(test)]
mod rule_preview;
#[cfg(test)]
mod task_actions;
#[cfg(test)]
mod task_properties;
#[cfg(test)]
mod task_races;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod world;
