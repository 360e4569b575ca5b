use axum::extract::State;
use domain::text;
use serde::Deserialize;
use store::{db::account as users, operations::account};
use utoipa::ToSchema;

use super::{entry, session::Session};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{JsonBody, MAX_ID, SignInDoor},
    state::AppState,
};

/// Whom to sign in as: a name, or a user id.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevLoginBody {
    /// Back-office name. This or `userId`.
    #[schema(min_length = 1)]
    username: Option<String>,
    /// User. This or `username`.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    user_id: Option<i64>,
    /// Site; absent = the user's first.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    site_id: Option<i64>,
}

/// Signs in without a password. Only where `auth.dev_login` is on, which is refused beyond loopback.
#[utoipa::path(
    post, path = "/api/xcx/auth/dev-login", operation_id = "devLogin", tag = "auth", request_body = DevLoginBody,
    responses((status = 200, body = Answer<Session>))
)]
pub async fn dev_login(
    State(state): State<AppState>,
    door: SignInDoor,
    JsonBody(body): JsonBody<DevLoginBody>,
) -> Result<Answer<Session>, ApiError> {
    let invalid = |error: FieldError| ApiError::invalid(vec![error]);
    let site = entry::site("siteId", body.site_id).map_err(invalid)?;
    let found = match (body.username, body.user_id) {
        (Some(name), None) if name.is_empty() || text::check_line(&name).is_err() => {
            return Err(ApiError::field("username", "不能为空，也不能含有控制字符"));
        }
        (Some(name), None) => users::by_username(door.accounts(), &name).await?,
        (None, Some(id)) if !(1..=MAX_ID).contains(&id) => {
            return Err(ApiError::field("userId", "须为正整数"));
        }
        (None, Some(id)) => users::by_id(door.accounts(), id).await?,
        _ => return Err(ApiError::field("username", "username 与 userId 须且只须给出一个")),
    };
    let user = found.ok_or(Kind::SignInRefused)?;
    let opened = account::by_name_alone(door.accounts(), user.user_id, site, state.refresh_ttl).await?;
    let session = Session::sign(&state, opened.ok_or(Kind::SignInRefused)?)?;
    Ok(Answer::siteless(session))
}
