//! What every way of signing in answers.
use serde::Serialize;
use store::{db::account::SiteOfUser, operations::account::Session as Opened};
use utoipa::ToSchema;

use crate::{
    error::{ApiError, Kind},
    state::AppState,
    token::Identity,
};

/// A pair of tokens, and where the user stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// `Authorization: Bearer …`
    access_token: String,
    /// Its life, seconds.
    expires_in: u64,
    /// For the next pair. Using it makes a new one; the old one is then taken for another 60 seconds.
    refresh_token: String,
    /// Its life, seconds.
    refresh_expires_in: u64,
    /// User.
    user_id: i64,
    /// new, pending, approved, rejected.
    status: String,
    /// Site that the access token is for; null: there is none to choose.
    site_id: Option<i64>,
    /// Every site that the user may choose.
    sites: Vec<SiteOfMine>,
}

/// A site at which the user has a role.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteOfMine {
    /// Site.
    site_id: i64,
    /// What an applicant types.
    site_code: String,
    /// Shown to people.
    site_name: String,
    /// Role codes there.
    roles: Vec<String>,
}

impl From<SiteOfUser> for SiteOfMine {
    fn from(site: SiteOfUser) -> Self {
        Self {
            site_id: site.site_id.0,
            site_code: site.site_code,
            site_name: site.site_name,
            roles: site.roles,
        }
    }
}

impl Session {
    /// Signs the access token that goes with it.
    pub fn sign(state: &AppState, opened: Opened) -> Result<Self, ApiError> {
        let who = identity(&opened);
        let life = state.tokens.ttl();
        let access_token = state.tokens.sign(who, life).map_err(|e| ApiError::caused(Kind::Internal, e))?;
        Ok(Self {
            access_token,
            expires_in: life.as_secs(),
            refresh_token: opened.refresh_token,
            refresh_expires_in: opened.refresh_life.as_secs(),
            user_id: opened.user_id,
            status: opened.status.to_string(),
            site_id: opened.site.map(|site| site.0),
            sites: opened.sites.into_iter().map(SiteOfMine::from).collect(),
        })
    }
}

/// Who has signed in, as a token says it.
pub fn identity(opened: &Opened) -> Identity {
    Identity { user_id: opened.user_id, site: opened.site, token_version: opened.token_version }
}
