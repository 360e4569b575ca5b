//! Asking an AI: any OpenAI-compatible `/chat/completions`.
//!
//! [`Chat`] is the way out; [`Client`] is the one that speaks HTTP. Each application is a file: it builds the messages
//! from a versioned prompt of `prompts/`, hides names and phones ([`mask`]), and reads the answer strictly. What it hands
//! back always has a [`Call`], to be written down whatever came of it. Nothing here knows a database.

mod call;
mod client;
pub mod mask;
pub mod note_score;

pub use call::{Call, CallError, Chat, ChatAnswer, ChatRequest, Message, Outcome, Role};
pub use client::{Client, Settings};
