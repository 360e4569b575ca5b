//! A user's own account: anybody with a valid token, and those who sign in.
use axum::{
    extract::FromRequestParts,
    http::{Method, Uri, request::Parts},
};
use domain::SiteId;
use store::{Access, AccountTx, connect::PgPool};

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
    async fn enter(who: Identity, state: &AppState, access: Access) -> Result<Self, ApiError> {
        Ok(Self { tx: state.door.account(who, access).await?, site: who.site })
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Self::enter(bearer::identity(parts, state)?, state, Access::Read).await
    }
}

impl Caller for SignedIn {
    type Tx = AccountTx;

    async fn open(who: Identity, state: &AppState, _: (&Method, &Uri)) -> Result<Self, ApiError> {
        Self::enter(who, state, Access::Write).await
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
    /// The business database, for the operations that sign in: they find out themselves who asks.
    pub(crate) fn accounts(&self) -> &PgPool {
        self.state.door.accounts()
    }
}
