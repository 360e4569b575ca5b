//! A user's own account: anybody with a valid token, and those who sign in.
use axum::{extract::FromRequestParts, http::request::Parts};
use domain::SiteId;
use store::{Access, AccountTx, SiteTx, StoreError, connect::PgPool, db::account};

use super::{
    bearer,
    write::{Caller, Write},
};
use crate::{error::ApiError, state::AppState, token::Identity};

/// The transaction of anybody with a valid token, whatever their status and with or without a site: for auth routes
/// alone.
pub struct SignedIn {
    /// Business database: the user's own account.
    pub tx: AccountTx,
    /// The token's site, if one is chosen.
    pub site: Option<SiteId>,
}

impl SignedIn {
    async fn enter(who: Identity, state: &AppState) -> Result<Self, ApiError> {
        Ok(Self { tx: state.door.account(who).await?, site: who.site })
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Self::enter(bearer::identity(parts, state)?, state).await
    }
}

impl Caller for SignedIn {
    type Tx = AccountTx;

    async fn open(who: Identity, state: &AppState) -> Result<Self, ApiError> {
        Self::enter(who, state).await
    }

    fn tx(&mut self) -> &mut AccountTx {
        &mut self.tx
    }

    fn into_tx(self) -> AccountTx {
        self.tx
    }
}

/// [`SignedIn`] for a write, and what was sent.
pub type SignedInBody<B> = Write<SignedIn, B>;

/// Accounts, for routes that make tokens.
pub struct SignInDoor {
    state: AppState,
}

impl FromRequestParts<AppState> for SignInDoor {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Ok(Self { state: state.clone() })
    }
}

impl SignInDoor {
    /// The user of that name or id.
    pub async fn account(&self, user: &UserKey) -> Result<Option<account::Account>, StoreError> {
        let pool: &PgPool = self.state.door.accounts();
        match user {
            UserKey::Name(name) => account::by_username(pool, name).await,
            UserKey::Id(id) => account::by_id(pool, *id).await,
        }
    }

    /// The user's first site.
    pub async fn first_site(&self, user_id: i64) -> Result<Option<SiteId>, StoreError> {
        let sites = account::sites_over(self.state.door.accounts(), user_id).await?;
        Ok(sites.first().map(|site| site.site_id))
    }

    /// Opens the site as that user.
    pub async fn open(&self, who: Identity) -> Result<SiteTx, ApiError> {
        let site = who.site.ok_or(crate::error::Kind::NoSite)?;
        self.state.door.site(who, site, Access::Write).await
    }
}

/// How a user is named when signing in.
pub enum UserKey {
    /// `auth.users.username`.
    Name(String),
    /// `auth.users.id`.
    Id(i64),
}
