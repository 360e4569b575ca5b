use axum::extract::State;
use serde::Deserialize;
use store::operations::account;
use utoipa::ToSchema;

use super::{entry, session::Session};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{SignedInBody, Written},
    state::AppState,
};

/// Where to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SwitchSiteBody {
    /// One of the user's sites.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    site_id: i64,
    /// The refresh token of the session that ends with this; absent = it goes on beside the new one.
    #[schema(min_length = 1, max_length = 200)]
    refresh_token: Option<String>,
}

/// A new session at another site of the user. 403 where they have no role, also for sites that do not exist.
#[utoipa::path(
    post, path = "/api/xcx/auth/switch-site", operation_id = "switchSite", tag = "auth",
    request_body = SwitchSiteBody, responses((status = 200, body = Answer<Session>))
)]
pub async fn switch_site(
    State(state): State<AppState>,
    SignedInBody { mut by, body }: SignedInBody<SwitchSiteBody>,
) -> Result<Written<Session>, ApiError> {
    let replaces = body.refresh_token.as_deref();
    let site = entry::site("siteId", Some(body.site_id));
    let token = replaces.map_or(Ok(()), |token| entry::secret("refreshToken", token, 200));
    let site = match (site, token) {
        (Ok(Some(site)), Ok(())) => site,
        (site, token) => {
            return Err(ApiError::invalid(site.err().into_iter().chain(token.err()).collect()));
        }
    };
    let opened = account::switch_site(&mut by.tx, site, replaces, state.refresh_ttl).await?;
    let session = Session::sign(&state, opened.ok_or(Kind::NotPermitted)?)?;
    by.finish_unkept(Answer::siteless(session)).await
}
