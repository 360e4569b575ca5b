//! The back office's sign-in for a page that can send no header: the token goes into a cookie that no script reads.
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header::SET_COOKIE},
    response::{Html, IntoResponse as _, Redirect, Response},
};

use super::COOKIE;
use crate::{
    error::{ApiError, Kind},
    extract::{self, SignInDoor},
    routes::{auth::session, office},
    state::AppState,
};

const PAGE: &str = include_str!("../../assets/board_login.html");
/// Where the page says what was wrong.
const SLOT: &str = "<!-- message -->";
/// Whose page sent the form, as the browser knows it.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// How the client reached the proxy in front.
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// `GET /login`
pub(super) async fn form() -> Html<&'static str> {
    Html(PAGE)
}

/// `POST /login`: a cookie and the board, or the form again with a reason.
pub(super) async fn submit(
    State(state): State<AppState>,
    door: SignInDoor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match cookie(&state, &door, &headers, &body).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        Err(error) => {
            let kind = error.kind();
            // The words of a kind are ours, without a character that means something in HTML.
            let page = PAGE.replace(SLOT, kind.message());
            let status =
                if kind.status() == StatusCode::NOT_FOUND { StatusCode::FORBIDDEN } else { kind.status() };
            (status, Html(page)).into_response()
        }
    }
}

async fn cookie(
    state: &AppState,
    door: &SignInDoor,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, ApiError> {
    let from_elsewhere = |site: &[u8]| !matches!(site, b"same-origin" | b"none");
    if headers.get(FETCH_SITE).is_some_and(|site| from_elsewhere(site.as_bytes())) {
        return Err(Kind::NotPermitted.into());
    }
    let fields = std::str::from_utf8(body).ok().and_then(extract::form_fields).ok_or(Kind::Unparsable)?;
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
        found.ok_or(ApiError::from(Kind::SignInRefused))
    };
    let (username, password) = (field("username")?, field("password")?);
    let opened = office::sign_in(state, door, &username, password, None).await?;
    let who = session::identity(&opened);
    extract::may_operate(who, state).await?;
    let life = state.tokens.ttl();
    let token = state.tokens.sign(who, life).map_err(|e| ApiError::caused(Kind::Internal, e))?;
    let secure = if headers.get(PROTO).is_some_and(|proto| proto == "https") { "; Secure" } else { "" };
    let seconds = life.as_secs();
    Ok(format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"))
}
