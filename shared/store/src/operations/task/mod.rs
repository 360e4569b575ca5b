//! The task engine: what the worker does to tasks.
pub mod complete_recalls;
pub mod expire;
pub mod follow_up;
pub mod generate;
pub mod monthly;
