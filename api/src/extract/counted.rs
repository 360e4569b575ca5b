use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};
use store::{
    config::Limits,
    limits::{Bucket, Limit},
};

use super::bearer;
use crate::{error::ApiError, limits, state::AppState};

/// What a user may do only so often.
pub trait Allowance: Send + Sync + 'static {
    /// Of the bucket, and of the metric `http_limited_total`.
    const WHAT: &'static str;
    /// How often.
    fn limit(limits: &Limits) -> Limit;
}

/// Searching for customers.
pub enum Searches {}

impl Allowance for Searches {
    const WHAT: &'static str = "search";

    fn limit(limits: &Limits) -> Limit {
        limits.searches
    }
}

/// Seeing a phone number in full.
pub enum Reveals {}

impl Allowance for Reveals {
    const WHAT: &'static str = "reveal";

    fn limit(limits: &Limits) -> Limit {
        limits.reveals
    }
}

/// One request counted against the caller's allowance, 429 when it is used up. The first of a handler's arguments: it
/// counts before a transaction opens, whatever becomes of the request.
pub struct Counted<A>(PhantomData<A>);

impl<A: Allowance> FromRequestParts<AppState> for Counted<A> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let who = bearer::identity(parts, state)?;
        limits::spend(state, &Bucket::of_user(A::WHAT, who.user_id), A::limit(&state.limits)).await?;
        Ok(Self(PhantomData))
    }
}
