//! One request to a service outside, with its limits: time, size, repetitions.
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, StatusCode};

/// Longest answer that is read, bytes.
const LONGEST: usize = 1 << 20;
/// A call is sent at most so often.
const ATTEMPTS: u32 = 3;
/// Pause before the second attempt, doubled before the third; a random part of it is left out, so that those who failed
/// together do not come back together.
const PAUSE: Duration = Duration::from_millis(200);

/// A call of some service: how it is asked, and what its answers mean.
pub trait Call: Sync {
    /// Of the metrics: `wechat`, `ai`.
    const SERVICE: &'static str;
    /// Of the metrics: which of its calls.
    const NAME: &'static str;
    /// Whether sending it again is harmless when it may have arrived: after a time-out, or a connection that broke.
    const REPEATABLE: bool;
    /// What it is for.
    type Answer;
    /// What the service says instead.
    type Refusal;

    /// The request; the client sets its time limit.
    fn request(&self, client: &Client) -> RequestBuilder;
    /// What an answer means.
    fn read(&self, status: StatusCode, body: &[u8]) -> Verdict<Self::Answer, Self::Refusal>;
}

/// What an answer means.
#[derive(Debug)]
pub enum Verdict<A, R> {
    /// Done.
    Done(A),
    /// No, and asking again does not change it.
    Refused(R),
    /// Not now: asked again a little later.
    Busy(R),
}

/// Why there is no answer. It holds no URL, since ours carry secrets.
#[derive(Debug, thiserror::Error)]
pub enum Failure<R> {
    /// The service said no.
    #[error("the service refused")]
    Refused(R),
    /// It was busy to the last attempt.
    #[error("the service is busy")]
    Busy(R),
    /// It could not be reached, or the connection broke.
    #[error("the service cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// Nothing came in time.
    #[error("the service did not answer in time")]
    TimedOut,
    /// More than 1 MiB came.
    #[error("the answer is too long")]
    TooLong,
}

/// Makes a call: up to three times while the service is busy or (if that is harmless) out of reach.
///
/// # Errors
/// See [`Failure`]; each attempt counts in `outbound_requests_total` with its outcome.
pub async fn call<C: Call>(client: &Client, call: &C) -> Result<C::Answer, Failure<C::Refusal>> {
    let mut attempt = 1;
    loop {
        let began = Instant::now();
        let outcome = once(client, call).await;
        observe::<C>(&outcome, began.elapsed());
        let again = match &outcome {
            Err(Failure::Busy(_)) => true,
            // A connection that was never made carried nothing.
            Err(Failure::Unreachable(error)) => C::REPEATABLE || error.is_connect(),
            Err(Failure::TimedOut) => C::REPEATABLE,
            _ => false,
        };
        if !again || attempt == ATTEMPTS {
            return outcome;
        }
        tokio::time::sleep(
            PAUSE.mul_f64(f64::from(1 << (attempt - 1)) * (0.5 + rand::random::<f64>() / 2.0)),
        )
        .await;
        attempt += 1;
    }
}

async fn once<C: Call>(client: &Client, call: &C) -> Result<C::Answer, Failure<C::Refusal>> {
    let mut answer = call.request(client).send().await.map_err(broken)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(Failure::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    match call.read(status, &body) {
        Verdict::Done(answer) => Ok(answer),
        Verdict::Refused(why) => Err(Failure::Refused(why)),
        Verdict::Busy(why) => Err(Failure::Busy(why)),
    }
}

fn broken<R>(error: reqwest::Error) -> Failure<R> {
    if error.is_timeout() { Failure::TimedOut } else { Failure::Unreachable(error.without_url()) }
}

fn observe<C: Call>(outcome: &Result<C::Answer, Failure<C::Refusal>>, took: Duration) {
    let outcome = match outcome {
        Ok(_) => "ok",
        Err(Failure::Refused(_)) => "refused",
        Err(Failure::Busy(_)) => "busy",
        Err(Failure::Unreachable(_)) => "unreachable",
        Err(Failure::TimedOut) => "timeout",
        Err(Failure::TooLong) => "too_long",
    };
    metrics::counter!("outbound_requests_total", "service" => C::SERVICE, "call" => C::NAME, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("outbound_request_duration_seconds", "service" => C::SERVICE, "call" => C::NAME)
        .record(took.as_secs_f64());
}
