use axum::extract::State;
use domain::SiteId;
use serde::{Deserialize, Serialize};
use store::db::account;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{JsonBody, MAX_ID, SignInDoor, UserKey},
    state::AppState,
    token::Identity,
};

/// Whom to sign in as: a name, or a user id.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DevLoginBody {
    /// Back-office name. This or `userId`.
    #[schema(min_length = 1)]
    username: Option<String>,
    /// User. This or `username`.
    #[schema(minimum = 1)]
    user_id: Option<i64>,
    /// Site; absent = the user's first.
    #[schema(minimum = 1)]
    site_id: Option<i64>,
}

/// A token, and for how long.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// `Authorization: Bearer …`
    access_token: String,
    /// Seconds.
    expires_in: u64,
    /// User.
    user_id: i64,
    /// Site that the token is for.
    site_id: i64,
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
    let id = |field, id: Option<i64>| match id {
        Some(id) if !(1..=MAX_ID).contains(&id) => Err(ApiError::field(field, "须为正整数")),
        id => Ok(id),
    };
    let site = id("siteId", body.site_id)?;
    let user = match (body.username, id("userId", body.user_id)?) {
        (Some(name), None) if name.is_empty() || name.contains('\0') => {
            return Err(ApiError::field("username", "不能为空,也不能含有空字符"));
        }
        (Some(name), None) => UserKey::Name(name),
        (None, Some(id)) => UserKey::Id(id),
        _ => return Err(ApiError::field("username", "username 与 userId 须且只须给出一个")),
    };
    let account = door.account(&user).await?.ok_or(Kind::SignInRefused)?;
    let site = match site {
        Some(site) => SiteId(site),
        None => door.first_site(account.user_id).await?.ok_or(Kind::SignInRefused)?,
    };
    let who = Identity { user_id: account.user_id, site: Some(site), token_version: account.token_version };
    let mut tx = door.open(who).await.map_err(|error| match error.kind() {
        Kind::TokenRevoked => Kind::SignInRefused.into(),
        _ => error,
    })?;
    // No role there: the answer must not tell that the site exists.
    if tx.caller.roles.is_empty() {
        return Err(Kind::SignInRefused.into());
    }
    account::signed_in(tx.connection(), account.user_id).await?;
    let ctx = tx.ctx;
    tx.commit().await?;
    let life = state.tokens.ttl();
    let access_token = state.tokens.sign(who, life).map_err(|e| ApiError::caused(Kind::Internal, e))?;
    let session = Session { access_token, expires_in: life.as_secs(), user_id: who.user_id, site_id: site.0 };
    Ok(Answer::new(&ctx, session))
}
