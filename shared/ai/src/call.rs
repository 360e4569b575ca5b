//! What is asked, what comes back, and what is written down about it.
use std::{fmt, time::Duration};

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

/// Asks a model. `Debug` must not show a key.
pub trait Chat: fmt::Debug + Send + Sync {
    /// The model that is asked.
    fn model(&self) -> &str;

    /// The whole answer, after as many tries as the implementation allows itself.
    fn complete<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatAnswer, CallError>>;
}

/// A conversation so far, and the shape of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRequest {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether the answer has to be one JSON object.
    pub json: bool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What.
    pub content: String,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// We, about how to answer.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// What the model said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatAnswer {
    /// Its words.
    pub content: String,
    /// As the endpoint counts; `None` = it did not say.
    pub prompt_tokens: Option<i32>,
    /// As the endpoint counts.
    pub completion_tokens: Option<i32>,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CallError {
    /// No answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// Not reached, or the connection broke.
    #[error("not reached: {0}")]
    Network(String),
    /// A status that is no success, the last one if it was tried again.
    #[error("answered with status {0}")]
    Status(u16),
    /// Not the protocol.
    #[error("not a chat completion: {0}")]
    Protocol(&'static str),
}

/// One call, to be written down: no names, no phones.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `app6_note_score`, …
    pub application: &'static str,
    /// Version of the prompt.
    pub prompt_version: &'static str,
    /// Model asked.
    pub model: String,
    /// The messages as sent.
    pub request: Value,
    /// The answer as received.
    pub answer: Option<String>,
    /// As the endpoint counts.
    pub prompt_tokens: Option<i32>,
    /// As the endpoint counts.
    pub completion_tokens: Option<i32>,
    /// Until the answer was whole.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, if it was not ok.
    pub error: Option<String>,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked for.
    Ok,
    /// An answer, but not the one asked for.
    Refused,
    /// No answer.
    Failed,
    /// No answer in time.
    Timeout,
}

impl Outcome {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
        }
    }
}

impl From<&CallError> for Outcome {
    fn from(error: &CallError) -> Self {
        match error {
            CallError::Timeout(_) => Self::Timeout,
            _ => Self::Failed,
        }
    }
}
