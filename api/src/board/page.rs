//! The board's page, as the crate brings it, without a script in its text: the policy allows none.
use std::sync::LazyLock;

use apalis_board_api::ui::ServeUI;
use axum::{
    http::{
        HeaderValue, Uri,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{Html, IntoResponse as _, Response},
};

use crate::error::{ApiError, Kind};

/// The page is WebAssembly, and styles its elements itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; \
     frame-ancestors 'none'",
);

/// Where the page's own script stands.
const OPEN: &str = "<script type=\"module\">";
const CLOSE: &str = "</script>";

/// The page, and the script that stood in it.
static PAGE: LazyLock<(String, String)> = LazyLock::new(|| {
    let page = ServeUI::get_file("index.html").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let Some((before, rest)) = page.split_once(OPEN) else { return (page.to_owned(), String::new()) };
    let Some((script, after)) = rest.split_once(CLOSE) else { return (page.to_owned(), String::new()) };
    let page = format!("{before}<script type=\"module\" src=\"/start.js\"></script>{after}");
    (page, script.to_owned())
});

/// Middleware: nothing is loaded from elsewhere, whatever the page says.
pub(super) async fn only_ours(mut answer: Response) -> Response {
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    answer
}

/// `/start.js`
pub(super) async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript")], PAGE.1.as_str()).into_response()
}

/// The page, whatever its own router makes of the path, and the files that it names.
pub(super) async fn file(uri: Uri) -> Response {
    let Some(file) = ServeUI::get_file(uri.path()) else {
        return ApiError::from(Kind::NoRoute).into_response();
    };
    let path = file.path().to_string_lossy();
    if path == "index.html" {
        return Html(PAGE.0.as_str()).into_response();
    }
    let kind = HeaderValue::from_static(ServeUI::content_type(&path));
    let mut answer = ([(CONTENT_TYPE, kind)], file.contents().to_vec()).into_response();
    if let Some(cache) = ServeUI::cache_control(&path) {
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    }
    answer
}
