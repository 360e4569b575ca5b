//! What travels through the queue, and how it gets there: the api and the worker both enqueue in transactions of their
//! own without knowing each other.

pub mod kind;
pub mod ticket;
