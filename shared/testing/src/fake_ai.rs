//! An AI that is none: `POST /v1/chat/completions` over HTTP, as OpenAI-compatible endpoints speak it.
//!
//! Scripted answers are given first, in their order, one per request. Without one it reads the note that application 6
//! sends, and scores it so that anybody can tell beforehand:
//!
//! | the note | score |
//! |---|---|
//! | carries both ratings | their sum |
//! | else | 5 |
//! | speaks of an appointment: 约, 下周, 周末, 明天 | 2 more |
//! | nobody was reached: 没接, 打不通, 没联系上 | 3 less |
//!
//! never below 1 nor above 10. So "约好下周再来" completes its task (7), "电话没接" does not (2).
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// The key that the fake takes.
pub const API_KEY: &str = "fake-ai-key";
/// The model that it is.
pub const MODEL: &str = "fake-1";

/// One scripted answer.
#[derive(Clone, Debug)]
pub enum Script {
    /// The model says this.
    Says(String),
    /// The model says what it was told by the user, word for word: what an injected instruction would like.
    Echoes,
    /// A status that is no success.
    Status(u16),
    /// 429 with `Retry-After`, in seconds.
    Busy(u64),
    /// A body that is no completion.
    Garbage,
    /// Nothing for so long, then a good answer.
    Slow(Duration),
    /// The connection closes in the middle of the answer.
    Hangs,
}

/// A running fake. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeAi {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    asked: Mutex<Vec<Value>>,
}

impl FakeAi {
    /// On a free port of loopback.
    pub async fn start() -> Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// At an address.
    pub async fn start_at(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("the fake AI cannot listen at {address}"))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(shared.clone());
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the fake AI ended");
            }
        });
        Ok(Self { shared, address, server })
    }

    /// For `ai.base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Answers the next requests so, in this order.
    pub fn script(&self, scripts: impl IntoIterator<Item = Script>) {
        lock(&self.shared.scripts).extend(scripts);
    }

    /// The bodies of the requests so far.
    pub fn asked(&self) -> Vec<Value> {
        lock(&self.shared.asked).clone()
    }
}

impl Script {
    /// The model answers application 6 with this score.
    pub fn scores(score: impl std::fmt::Display) -> Self {
        Self::Says(format!(r#"{{"score": {score}, "analysis": "按脚本评分"}}"#))
    }
}

impl Drop for FakeAi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn complete(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    if key != Some(&format!("Bearer {API_KEY}")) {
        return failure(StatusCode::UNAUTHORIZED, "invalid_api_key");
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return failure(StatusCode::BAD_REQUEST, "invalid_json");
    };
    let user = request["messages"].as_array().and_then(|m| m.last()).and_then(|m| m["content"].as_str());
    let (Some(user), true) = (user.map(str::to_owned), request["model"] == MODEL) else {
        return failure(StatusCode::BAD_REQUEST, "invalid_request");
    };
    lock(&shared.asked).push(request);
    let script = lock(&shared.scripts).pop_front();
    match script {
        None => completion(&user, &judge(&user)),
        Some(Script::Says(words)) => completion(&user, &words),
        Some(Script::Echoes) => completion(&user, &user),
        Some(Script::Status(status)) => {
            failure(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "scripted")
        }
        Some(Script::Busy(seconds)) => {
            let mut busy = failure(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded");
            busy.headers_mut().insert(RETRY_AFTER, seconds.into());
            busy
        }
        Some(Script::Garbage) => "<html>Bad gateway</html>".into_response(),
        Some(Script::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            completion(&user, &judge(&user))
        }
        Some(Script::Hangs) => {
            let broken = futures::stream::iter([
                Ok(Bytes::from_static(b"{\"choices\":[")),
                Err(std::io::Error::other("scripted")),
            ]);
            axum::body::Body::from_stream(broken).into_response()
        }
    }
}

fn completion(asked: &str, words: &str) -> Response {
    let (prompt, said) = (asked.chars().count(), words.chars().count());
    Json(json!({
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "model": MODEL,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": words },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said },
    }))
    .into_response()
}

fn failure(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({ "error": { "message": code, "type": "fake", "code": code } }))).into_response()
}

/// See the table above.
fn judge(user: &str) -> String {
    let note: Value = serde_json::from_str(user).unwrap_or_default();
    let rating = |name: &str| note[name].as_i64();
    let content = note["content"].as_str().unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| content.contains(word));
    let both = rating("ratingServiceWillingness").zip(rating("ratingRevisitLikelihood"));
    let appointed = says(&["约", "下周", "周末", "明天"]);
    let missed = says(&["没接", "打不通", "没联系上"]);
    let score = both.map_or(5, |(a, b)| a + b) + if appointed { 2 } else { 0 } - if missed { 3 } else { 0 };
    let analysis = match (appointed, missed) {
        (_, true) => "还没有联系上，换个时间再试。",
        (true, false) => "已有约定，到时记得提醒。",
        (false, false) => "有联系，还没有下一步，建议约定时间。",
    };
    json!({ "score": score.clamp(1, 10), "analysis": analysis }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_as_the_table_says() {
        for (content, ratings, expected) in [
            ("约好下周再来", None, 7),
            ("电话没接", None, 2),
            ("聊了近况", None, 5),
            ("聊了近况", Some((4, 3)), 7),
            ("约好明天", Some((5, 5)), 10),
            ("没接", Some((1, 1)), 1),
        ] {
            let note = json!({
                "content": content,
                "ratingServiceWillingness": ratings.map(|r| r.0),
                "ratingRevisitLikelihood": ratings.map(|r| r.1),
            });
            let verdict: Value = serde_json::from_str(&judge(&note.to_string())).unwrap();
            assert_eq!(verdict["score"], expected, "{content}");
        }
    }
}
