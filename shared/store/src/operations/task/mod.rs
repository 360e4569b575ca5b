//! The task engine.
