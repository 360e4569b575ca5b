use axum::extract::State;
use domain::people;
use serde::{Deserialize, Serialize};
use store::operations::account;
use utoipa::ToSchema;

use super::entry;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{SignedInBody, Written},
    state::AppState,
};

/// A code that stands for a phone number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhoneBody {
    /// Of the `getPhoneNumber` button: lives five minutes, and once.
    #[schema(min_length = 1, max_length = 200)]
    code: String,
}

/// The number that is kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PhoneOut {
    /// Masked.
    phone: String,
}

/// Keeps the phone number that WeChat vouches for.
#[utoipa::path(
    post, path = "/api/xcx/auth/phone", operation_id = "setPhone", tag = "auth", request_body = PhoneBody,
    responses((status = 200, body = Answer<PhoneOut>))
)]
pub async fn phone(
    State(state): State<AppState>,
    SignedInBody { mut by, body }: SignedInBody<PhoneBody>,
) -> Result<Written<PhoneOut>, ApiError> {
    entry::secret("code", &body.code, 200).map_err(|e| ApiError::invalid(vec![e]))?;
    let number = state.wechat()?.phone(&body.code).await?;
    account::set_phone(&mut by.tx, &number).await?;
    by.finish(Answer::siteless(PhoneOut { phone: people::mask_phone(&number) })).await
}
