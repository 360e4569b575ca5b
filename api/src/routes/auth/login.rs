use axum::extract::State;
use serde::Deserialize;
use store::{limits::Bucket, operations::account};
use utoipa::ToSchema;

use super::{entry, session::Session};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{JsonBody, SignInDoor},
    limits,
    state::AppState,
};

/// Signing in by WeChat.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginBody {
    /// Of `wx.login`: lives five minutes, and once.
    #[schema(min_length = 1, max_length = 200)]
    code: String,
}

/// Signs in by WeChat. Whoever comes for the first time is made a user of status `new`, who may apply for a site.
#[utoipa::path(
    post, path = "/api/xcx/auth/login", operation_id = "login", tag = "auth", request_body = LoginBody,
    responses((status = 200, body = Answer<Session>))
)]
pub async fn login(
    State(state): State<AppState>,
    door: SignInDoor,
    JsonBody(body): JsonBody<LoginBody>,
) -> Result<Answer<Session>, ApiError> {
    entry::secret("code", &body.code, 200).map_err(|e| ApiError::invalid(vec![e]))?;
    let person = state.wechat()?.person(&body.code).await?;
    limits::spend(&state, &Bucket::of_name("login", &person.openid), state.limits.logins).await?;
    let unionid = person.unionid.as_deref().filter(|id| !id.is_empty());
    let opened = account::by_wechat(door.accounts(), &person.openid, unionid, state.refresh_ttl).await?;
    let session = Session::sign(&state, opened.ok_or(Kind::SignInRefused)?)?;
    Ok(Answer::siteless(session))
}
