use axum::http::{header::AUTHORIZATION, request::Parts};

use crate::{error::Kind, state::AppState, token::Identity};

/// Who the request's token speaks for.
pub(super) fn identity(parts: &Parts, state: &AppState) -> Result<Identity, Kind> {
    let header = parts.headers.get(AUTHORIZATION).ok_or(Kind::NotSignedIn)?;
    let (scheme, token) =
        header.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Kind::NotSignedIn)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Kind::NotSignedIn);
    }
    let who = state.tokens.check(token.trim())?;
    let span = tracing::Span::current();
    span.record("user_id", who.user_id);
    if let Some(site) = who.site {
        span.record("site_id", site.0);
    }
    Ok(who)
}
