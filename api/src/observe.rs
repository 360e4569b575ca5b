//! What is seen from outside of every request: its id, one log line, its metrics; and the body of every error.
use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use store::db::audit;
use tracing::{Instrument as _, field::Empty};
use ulid::Ulid;

use crate::{client, error::ApiError};

/// In: taken over when it is 1–64 letters, digits, `-`, `_`, `.`; out: on every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bounds of the duration histogram, seconds.
const BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The process's metrics; the first call installs the recorder.
pub fn metrics() -> Result<&'static PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let duration = Matcher::Suffix("_request_duration_seconds".to_owned());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(duration, &BUCKETS)?.install_recorder()?;
    metrics::describe_counter!("http_requests_total", "Requests by method, route and status.");
    metrics::describe_histogram!("http_request_duration_seconds", "Time to answer, by method and route.");
    metrics::describe_counter!(
        "http_degraded_modules_total",
        "Parts of pages that were left out, by route and module."
    );
    metrics::describe_counter!("http_shared_answers_total", "Answers that another request's reading gave.");
    metrics::describe_counter!(
        "outbound_requests_total",
        "Requests to services outside, by call and outcome."
    );
    metrics::describe_histogram!("outbound_request_duration_seconds", "Time to their answers, by call.");
    metrics::describe_counter!("http_limited_total", "Requests refused as too frequent, by what is limited.");
    metrics::describe_gauge!("db_pool_connections", "Connections by database and state.");
    Ok(HANDLE.get_or_init(|| handle))
}

/// Middleware, outermost; its state is whose `X-Forwarded-For` is believed.
pub async fn observe(State(trusted): State<Arc<[IpNet]>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request_id = request_id(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request", request_id, %method, route, client = Empty, site_id = Empty, user_id = Empty
    );
    if let Some(client) = client::address(&request, &trusted) {
        span.record("client", tracing::field::display(client));
    }
    let answer = audit::under_request(request_id.clone(), next.run(request)).instrument(span.clone()).await;
    let _entered = span.enter();
    let (mut answer, kind) = match answer.extensions().get::<ApiError>().cloned() {
        None => (answer, None),
        Some(error) => (written(answer, error.clone(), &request_id), Some(error)),
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    let status = answer.status().as_u16();
    let took = began.elapsed();
    metrics::counter!("http_requests_total", "method" => method.to_string(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method.to_string(), "route" => route)
        .record(took.as_secs_f64());
    let millis = took.as_secs_f64() * 1000.0;
    let (code, cause) = kind.map_or((0, None), |error| (error.kind().code(), error.causes()));
    match (status, cause) {
        (500.., cause) => tracing::error!(status, code, millis, cause, "request failed"),
        (_, Some(cause)) => tracing::info!(status, code, millis, cause, "request refused"),
        (_, None) => tracing::info!(status, code, millis, "request answered"),
    }
    answer
}

/// The error's body under the headers that were set on the way out, such as Allow.
fn written(answer: Response, error: ApiError, request_id: &str) -> Response {
    let (mut parts, body) = error.render(request_id).into_parts();
    for (name, value) in answer.headers() {
        if !parts.headers.contains_key(name) {
            parts.headers.append(name, value.clone());
        }
    }
    Response::from_parts(parts, body)
}

/// The caller's id if it is harmless in a log, else a new one.
fn request_id(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    });
    given.map_or_else(|| Ulid::generate().to_string(), str::to_owned)
}
