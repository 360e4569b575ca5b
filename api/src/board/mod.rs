//! apalis-board on a listener of its own: the queue's tickets as apalis sees them, for operators, and to look at only.
//!
//! Three locks, each of which is enough: nothing but GET passes (the board's own PUT pushes tasks); every request is one of
//! an administrator who may operate, as of that request; and the pool connects as `zqyy_board`, which may read the two
//! tables of `apalis` and nothing else.
mod page;
mod sign_in;

use apalis_board_api::framework::{ApiBuilder, RegisterRoute as _};
use apalis_postgres::{Config, PostgresStorage};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, Method, header::ACCEPT},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use serde_json::Value;
use store::{connect::PgPool, jobs::ticket::QUEUE};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    error::{ApiError, Kind},
    extract, harden, observe,
    state::AppState,
};

/// Holds an access token; of this listener alone.
const COOKIE: &str = "zqyy_board";

/// Largest form, bytes.
const FORM: usize = 4096;

/// The board over `queue`, a pool of role `zqyy_board`.
pub fn router(state: AppState, queue: &PgPool) -> Router {
    // Whatever a task's arguments are: they are shown, never run.
    let storage = PostgresStorage::<Value>::new(queue).with_config(Config::default().queue(QUEUE));
    let api = ApiBuilder::new(Router::new()).register(QUEUE, storage).build();
    let behind_login = Router::new()
        .nest("/api/v1", api)
        .route("/start.js", get(page::script))
        .fallback(page::file)
        .layer(from_fn_with_state(state.clone(), guard));
    Router::new()
        .route("/login", get(sign_in::form).post(sign_in::submit))
        .with_state(state.clone())
        .merge(behind_login)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(CatchPanicLayer::custom(harden::panicked))
        .layer(from_fn_with_state(state.clone(), harden::time_limit))
        .layer(map_response(page::only_ours))
        .layer(from_fn(harden::headers))
        .layer(from_fn_with_state(state.trusted_proxies.clone(), observe::observe))
}

/// Middleware: looking only, and for operators only.
async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::from(Kind::MethodNotAllowed).into_response();
    }
    let (parts, body) = request.into_parts();
    match extract::operator(&parts, &state, COOKIE).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) if error.kind().status() == 401 && wants_page(&parts.headers) => {
            Redirect::to("/login").into_response()
        }
        Err(error) => error.into_response(),
    }
}

/// A browser on its way to a page, not a script that asks for data.
fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|a| a.contains("text/html"))
}
