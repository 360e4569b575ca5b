//! `POST {base}/chat/completions`, over HTTP.
use std::{fmt, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use serde::{Deserialize, Serialize};

use crate::{CallError, Chat, ChatAnswer, ChatRequest, Message};

/// Tries in all.
const TRIES: u32 = 3;
/// The first wait; doubled each time.
const WAIT: Duration = Duration::from_millis(500);
/// An endpoint that wants to wait longer is left to the caller's own retry.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Longer answers are no chat completions of ours.
const LONGEST_ANSWER: usize = 1 << 20;

/// Where to ask, and whom.
#[derive(Clone)]
pub struct Settings {
    /// Such as `https://api.example.com/v1`, without a slash at the end.
    pub base_url: String,
    /// `None`: the endpoint wants none.
    pub api_key: Option<String>,
    /// As the endpoint calls it.
    pub model: String,
    /// For one try, from the first byte sent to the last received.
    pub timeout: Duration,
}

/// Speaks HTTP. 429, 5xx and broken connections are tried again, twice, after a short wait; a timeout is not, since it
/// has taken its time already.
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
}

impl Client {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, outbound::Error> {
        Ok(Self { http: outbound::client(settings.timeout)?, settings })
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        let (mut tried, mut wait) = (0, WAIT);
        loop {
            tried += 1;
            let (error, asked_for) = match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let again = match error {
                CallError::Status(status) => status == 429 || status >= 500,
                CallError::Network(_) => true,
                CallError::Timeout(_) | CallError::Protocol(_) => false,
            };
            let pause = asked_for.unwrap_or(wait);
            if !again || tried == TRIES || pause > LONGEST_WAIT {
                return Err(error);
            }
            tracing::debug!(%error, tried, "the AI is asked again");
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
    }

    /// One try; with the error, how long the endpoint asks to be left alone.
    async fn once(&self, request: &ChatRequest) -> Result<ChatAnswer, (CallError, Option<Duration>)> {
        let body = Body {
            model: &self.settings.model,
            messages: &request.messages,
            temperature: 0,
            stream: false,
            response_format: request.json.then_some(Format { kind: "json_object" }),
        };
        let mut post = self.http.post(format!("{}/chat/completions", self.settings.base_url)).json(&body);
        if let Some(key) = &self.settings.api_key {
            post = post.bearer_auth(key);
        }
        let response = post.send().await.map_err(|e| (self.error(&e), None))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err((CallError::Status(status.as_u16()), retry_after(&response)));
        }
        let bytes = self.read(response).await.map_err(|e| (e, None))?;
        answer(&bytes).map_err(|e| (e, None))
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, CallError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.error(&e))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(CallError::Protocol("longer than a megabyte"));
            }
        }
        Ok(bytes)
    }

    fn error(&self, error: &reqwest::Error) -> CallError {
        if error.is_timeout() {
            CallError::Timeout(self.settings.timeout)
        } else if error.is_connect() {
            CallError::Network("no connection".to_owned())
        } else {
            // Its own words may repeat the URL, and that may hold a key.
            CallError::Network("the connection broke".to_owned())
        }
    }
}

impl Chat for Client {
    fn model(&self) -> &str {
        &self.settings.model
    }

    fn complete<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatAnswer, CallError>> {
        self.ask(request).boxed()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("model", &self.settings.model).finish_non_exhaustive()
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    temperature: u8,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format>,
}

#[derive(Serialize)]
struct Format {
    #[serde(rename = "type")]
    kind: &'static str,
}

fn answer(bytes: &[u8]) -> Result<ChatAnswer, CallError> {
    #[derive(Deserialize)]
    struct Completion {
        choices: Vec<Choice>,
        #[serde(default)]
        usage: Option<Usage>,
    }
    #[derive(Deserialize)]
    struct Choice {
        message: Said,
        #[serde(default)]
        finish_reason: Option<String>,
    }
    #[derive(Deserialize)]
    struct Said {
        content: Option<String>,
    }
    #[derive(Deserialize)]
    struct Usage {
        #[serde(default)]
        prompt_tokens: Option<i32>,
        #[serde(default)]
        completion_tokens: Option<i32>,
    }
    let completion: Completion =
        serde_json::from_slice(bytes).map_err(|_| CallError::Protocol("not the JSON of one"))?;
    let first = completion.choices.into_iter().next().ok_or(CallError::Protocol("no choice"))?;
    if first.finish_reason.as_deref() == Some("length") {
        return Err(CallError::Protocol("cut off"));
    }
    let content = first.message.content.ok_or(CallError::Protocol("no content"))?;
    let usage = completion.usage.as_ref();
    Ok(ChatAnswer {
        content,
        prompt_tokens: usage.and_then(|u| u.prompt_tokens),
        completion_tokens: usage.and_then(|u| u.completion_tokens),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_completion_is_refused() {
        for (body, why) in [
            ("<html>", "not the JSON of one"),
            ("{}", "not the JSON of one"),
            (r#"{"choices":[]}"#, "no choice"),
            (r#"{"choices":[{"message":{"content":null}}]}"#, "no content"),
            (r#"{"choices":[{"message":{"content":"{\"sc"},"finish_reason":"length"}]}"#, "cut off"),
        ] {
            assert_eq!(answer(body.as_bytes()), Err(CallError::Protocol(why)), "{body}");
        }
        let said =
            answer(br#"{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":3}}"#).unwrap();
        assert_eq!(
            (said.content.as_str(), said.prompt_tokens, said.completion_tokens),
            ("hi", Some(3), None)
        );
    }

    #[test]
    fn a_key_is_never_printed() {
        let settings = Settings {
            base_url: "http://127.0.0.1:1".into(),
            api_key: Some("sk-very-secret".into()),
            model: "m".into(),
            timeout: Duration::from_secs(1),
        };
        assert!(!format!("{:?}", Client::new(settings).unwrap()).contains("secret"));
    }
}
