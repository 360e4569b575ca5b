use axum::extract::State;
use serde::Deserialize;
use store::{
    db::refresh_token::Audience,
    operations::account::{self, Refreshed},
};
use utoipa::ToSchema;

use super::{entry, session::Session};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{JsonBody, SignInDoor},
    state::AppState,
};

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshBody {
    /// As the newest session gave it.
    #[schema(min_length = 1, max_length = 200)]
    refresh_token: String,
}

impl RefreshBody {
    pub(super) fn check(self) -> Result<String, ApiError> {
        entry::secret("refreshToken", &self.refresh_token, 200).map_err(|e| ApiError::invalid(vec![e]))?;
        Ok(self.refresh_token)
    }
}

/// A new pair of tokens for a refresh token. The one just used is taken again for 60 seconds, for answers that were lost
/// and requests side by side; later, or an older one, ends everything that came of its sign-in.
#[utoipa::path(
    post, path = "/api/xcx/auth/refresh", operation_id = "refresh", tag = "auth", request_body = RefreshBody,
    responses((status = 200, body = Answer<Session>))
)]
pub async fn refresh(
    State(state): State<AppState>,
    door: SignInDoor,
    JsonBody(body): JsonBody<RefreshBody>,
) -> Result<Answer<Session>, ApiError> {
    let token = body.check()?;
    let done =
        account::refresh(door.accounts(), &token, Audience::MiniProgram, None, state.refresh_ttl).await?;
    Ok(Answer::siteless(refreshed(&state, done)?))
}

/// The same answer for every token that is worth nothing.
pub fn refreshed(state: &AppState, done: Refreshed) -> Result<Session, ApiError> {
    match done {
        Refreshed::Session(opened) => Session::sign(state, opened),
        Refreshed::Refused | Refreshed::Reused => Err(Kind::RefreshRefused.into()),
    }
}
