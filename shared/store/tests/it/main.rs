//! The business database's rules against a real PostgreSQL, as the application's roles.
mod task_properties;
mod tasks;
mod world;
