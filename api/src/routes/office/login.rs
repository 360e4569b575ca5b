use axum::extract::State;
use domain::SiteId;
use serde::Deserialize;
use store::{
    db::account as users,
    limits::Bucket,
    operations::account::{self, Session as Opened},
};
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
    let opened = sign_in(&state, &door, &body.username, body.password, site).await?;
    Ok(Answer::siteless(Session::sign(&state, opened)?))
}

/// Opens the session of whoever has this name and password, and may come in here; counts against the name's sign-ins.
pub(crate) async fn sign_in(
    state: &AppState,
    door: &SignInDoor,
    username: &str,
    password: String,
    site: Option<SiteId>,
) -> Result<Opened, ApiError> {
    let username = username.trim().to_ascii_lowercase();
    limits::spend(state, &Bucket::of_name("login", &username), state.limits.logins).await?;
    let known = users::credentials(door.accounts(), &username).await?;
    let (user_id, hash) = known.map(|user| (user.user_id, user.password_hash)).unzip();
    let hash = hash.flatten();
    let opened = match (state.passwords.fits(password, hash.clone()).await?, user_id, hash) {
        (true, Some(user_id), Some(hash)) => {
            account::by_password(door.accounts(), user_id, &hash, site, state.refresh_ttl).await?
        }
        _ => {
            account::refused(door.accounts(), user_id, "password", "name or password").await?;
            None
        }
    };
    opened.ok_or(Kind::SignInRefused.into())
}
