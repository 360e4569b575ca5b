//! The task engine: what the worker does to tasks, and what people do to one.
pub mod act;
pub mod complete_recalls;
pub mod expire;
pub mod follow_up;
pub mod generate;
pub mod monthly;
pub mod transfer;
