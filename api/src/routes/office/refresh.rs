use axum::extract::State;
use serde::Deserialize;
use store::{db::refresh_token::Audience, operations::account};
use utoipa::ToSchema;

use super::super::auth::{entry, refresh::refreshed, session::Session};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{JsonBody, SignInDoor},
    state::AppState,
};

/// A refresh token of the back office.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfficeRefreshBody {
    /// As the newest session gave it.
    #[schema(min_length = 1, max_length = 200)]
    refresh_token: String,
    /// Another site from now on; absent = the same.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    site_id: Option<i64>,
}

/// A new pair of tokens for a refresh token of the back office, at another site if one is named. It is rotated as those
/// of the mini-program are; neither side takes the other's.
#[utoipa::path(
    post, path = "/api/auth/refresh", operation_id = "officeRefresh", tag = "back office auth",
    request_body = OfficeRefreshBody, responses((status = 200, body = Answer<Session>))
)]
pub async fn refresh(
    State(state): State<AppState>,
    door: SignInDoor,
    JsonBody(body): JsonBody<OfficeRefreshBody>,
) -> Result<Answer<Session>, ApiError> {
    let site = entry::site("siteId", body.site_id);
    let token = entry::secret("refreshToken", &body.refresh_token, 200);
    let site = match (site, token) {
        (Ok(site), Ok(())) => site,
        (site, token) => {
            return Err(ApiError::invalid(token.err().into_iter().chain(site.err()).collect()));
        }
    };
    let (token, life) = (&body.refresh_token, state.refresh_ttl);
    let done = account::refresh(door.accounts(), token, Audience::BackOffice, site, life).await?;
    Ok(Answer::siteless(refreshed(&state, done)?))
}
