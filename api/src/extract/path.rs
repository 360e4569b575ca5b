use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use super::MAX_ID;
use crate::{
    error::{ApiError, Kind},
    state::AppState,
};

/// The `{id}` of a path. It is read first and refused last: whoever may not come in does not hear about it.
#[derive(Clone, Copy, Debug)]
pub struct PathId(Option<i64>);

impl PathId {
    /// 422 for what is no id.
    pub fn get(self) -> Result<i64, ApiError> {
        self.0.ok_or_else(|| ApiError::field("id", "须为正整数"))
    }
}

impl FromRequestParts<AppState> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        // An error: not UTF-8 behind the percent signs.
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::from(Kind::Unparsable))?;
        let id = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        let digits = id.filter(|id| id.bytes().all(|b| b.is_ascii_digit()));
        Ok(Self(digits.and_then(|id| id.parse().ok()).filter(|id| (1..=MAX_ID).contains(id))))
    }
}

/// The last word of a path, such as a type. Like an id it is refused last: [`PathWord::get`] takes what is there, and
/// the route knows its words.
#[derive(Clone, Debug)]
pub struct PathWord(String);

impl PathWord {
    /// As it stands in the path.
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl FromRequestParts<AppState> for PathWord {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::from(Kind::Unparsable))?;
        Ok(Self(params.iter().last().map(|(_, word)| word.to_owned()).unwrap_or_default()))
    }
}
