use serde::Serialize;
use store::operations::account;
use utoipa::ToSchema;

use super::refresh::RefreshBody;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{JsonBody, SignInDoor},
};

/// It is done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedOut {
    /// true, also the second time.
    signed_out: bool,
}

/// Signs out: the refresh token, and all that came of the same sign-in, is worth nothing from now on. Access tokens end
/// by themselves, within minutes. The answer is the same for tokens that are unknown or have ended.
#[utoipa::path(
    post, path = "/api/xcx/auth/logout", operation_id = "logout", tag = "auth", request_body = RefreshBody,
    responses((status = 200, body = Answer<SignedOut>))
)]
pub async fn logout(
    door: SignInDoor,
    JsonBody(body): JsonBody<RefreshBody>,
) -> Result<Answer<SignedOut>, ApiError> {
    account::sign_out(door.accounts(), &body.check()?).await?;
    Ok(Answer::siteless(SignedOut { signed_out: true }))
}
