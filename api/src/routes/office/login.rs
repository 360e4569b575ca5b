use axum::extract::State;
use serde::Deserialize;
use store::{db::account as users, limits::Bucket, operations::account};
use utoipa::ToSchema;

use super::super::auth::{entry, session::Session};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{JsonBody, SignInDoor},
    limits,
    state::AppState,
};

/// Signing in by password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfficeLoginBody {
    /// Back-office name.
    #[schema(min_length = 1, max_length = 64)]
    username: String,
    /// Password.
    #[schema(min_length = 1, max_length = 128)]
    password: String,
    /// Site; absent = the user's first.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    site_id: Option<i64>,
}

/// Signs in to the back office, for managers, finance and administrators. The answer, and the time it takes, is the same
/// for names that do not exist, wrong passwords, and users who may not come in here.
#[utoipa::path(
    post, path = "/api/auth/login", operation_id = "officeLogin", tag = "back office auth",
    request_body = OfficeLoginBody, responses((status = 200, body = Answer<Session>))
)]
pub async fn login(
    State(state): State<AppState>,
    door: SignInDoor,
    JsonBody(body): JsonBody<OfficeLoginBody>,
) -> Result<Answer<Session>, ApiError> {
    let site = entry::site("siteId", body.site_id);
    let checks = [
        entry::secret("username", &body.username, 64).err(),
        entry::secret("password", &body.password, 128).err(),
        site.as_ref().err().cloned(),
    ];
    let errors: Vec<_> = checks.into_iter().flatten().collect();
    let (Ok(site), true) = (site, errors.is_empty()) else { return Err(ApiError::invalid(errors)) };
    let username = body.username.trim().to_ascii_lowercase();
    limits::spend(&state, &Bucket::of_name("login", &username), state.limits.logins).await?;
    let known = users::credentials(door.accounts(), &username).await?;
    let (user_id, hash) = known.map(|user| (user.user_id, user.password_hash)).unzip();
    let hash = hash.flatten();
    let opened = match (state.passwords.fits(body.password, hash.clone()).await?, user_id, hash) {
        (true, Some(user_id), Some(hash)) => {
            account::by_password(door.accounts(), user_id, &hash, site, state.refresh_ttl).await?
        }
        _ => {
            account::refused(door.accounts(), user_id, "password", "name or password").await?;
            None
        }
    };
    Ok(Answer::siteless(Session::sign(&state, opened.ok_or(Kind::SignInRefused)?)?))
}
