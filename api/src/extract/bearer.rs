use axum::http::{
    header::{AUTHORIZATION, COOKIE},
    request::Parts,
};

use crate::{error::Kind, state::AppState, token::Identity};

/// Who the request's token speaks for.
pub(super) fn identity(parts: &Parts, state: &AppState) -> Result<Identity, Kind> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    // Of two, a proxy may believe the one and we the other.
    let (Some(header), None) = (headers.next(), headers.next()) else { return Err(Kind::NotSignedIn) };
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

/// The same, by the cookie of that name where there is no header: for pages that can send none.
pub(super) fn identity_or_cookie(parts: &Parts, state: &AppState, name: &str) -> Result<Identity, Kind> {
    if parts.headers.contains_key(AUTHORIZATION) {
        return identity(parts, state);
    }
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(found, _)| *found == name).ok_or(Kind::NotSignedIn)?;
    let who = state.tokens.check(token)?;
    tracing::Span::current().record("user_id", who.user_id);
    Ok(who)
}
