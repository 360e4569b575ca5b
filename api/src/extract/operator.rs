//! Operators on a listener that has no routes of ours behind it.
use axum::http::request::Parts;
use store::Access;

use super::{Administering, Ops, bearer};
use crate::{error::ApiError, state::AppState, token::Identity};

/// Whether the request is an operator's, as of this very request: by a bearer token, or by the cookie of that name.
pub(crate) async fn operator(parts: &Parts, state: &AppState, cookie: &str) -> Result<(), ApiError> {
    may_operate(bearer::identity_or_cookie(parts, state, cookie)?, state).await
}

/// Whether somebody whose token we signed is an operator now.
pub(crate) async fn may_operate(who: Identity, state: &AppState) -> Result<(), ApiError> {
    Administering::<Ops>::enter(who, state, Access::Read).await.map(drop)
}
