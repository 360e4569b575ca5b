//! The caller's transaction, opened and permitted.
use std::marker::PhantomData;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use domain::SiteId;
use serde::de::DeserializeOwned;
use store::{SiteTx, StoreError, connect::PgPool, db::account};

use super::{SiteWarehouse, bearer, body};
use crate::{
    error::{ApiError, Kind},
    state::AppState,
    token::Identity,
};

/// What a route demands: one of these permission codes at the token's site.
pub trait Permission: Send + Sync + 'static {
    /// Codes of `auth.permissions`; any one is enough.
    const ANY_OF: &'static [&'static str];
}

macro_rules! permissions {
    ($($(#[$doc:meta])+ $name:ident = [$($code:literal),+];)+) => {
        $($(#[$doc])+
        pub enum $name {}

        impl Permission for $name {
            const ANY_OF: &'static [&'static str] = &[$($code),+];
        })+
    };
}

permissions! {
    /// One's own tasks, or every task of the site.
    OwnOrSiteTasks = ["tasks.own", "tasks.site"];
    /// Write and read notes.
    Notes = ["notes"];
}

/// The transaction of a caller who is approved and holds the permission at the site, as of this very transaction.
pub struct Permitted<P> {
    /// Business database.
    pub tx: SiteTx,
    /// Warehouse.
    pub warehouse: SiteWarehouse,
    permission: PhantomData<P>,
}

impl<P: Permission> Permitted<P> {
    async fn open(who: Identity, state: &AppState) -> Result<Self, ApiError> {
        let tx = state.door.open(who).await?;
        if tx.caller.status != "approved" {
            return Err(Kind::NotApproved.into());
        }
        if !P::ANY_OF.iter().any(|code| tx.caller.may(code)) {
            return Err(Kind::NotPermitted.into());
        }
        Ok(Self { tx, warehouse: state.door.warehouse(who.site), permission: PhantomData })
    }
}

impl<P: Permission> FromRequestParts<AppState> for Permitted<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Self::open(bearer::identity(parts, state)?, state).await
    }
}

/// [`Permitted`], and a JSON body. The body is received before the transaction opens, so that a slow sender holds no
/// connection; it is read after, so that nobody learns from it what is not theirs to know.
pub struct PermittedBody<P, B> {
    /// The caller.
    pub by: Permitted<P>,
    /// What was sent.
    pub body: B,
}

impl<P: Permission, B: DeserializeOwned> FromRequest<AppState> for PermittedBody<P, B> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (parts, received) = request.into_parts();
        let who = bearer::identity(&parts, state)?;
        let bytes = body::read(Request::from_parts(parts, received), state).await?;
        let by = Permitted::open(who, state).await?;
        Ok(Self { by, body: body::parse(&bytes)? })
    }
}

/// The transaction of anybody with a valid token, whatever their status: for auth routes alone.
pub struct SignedIn {
    /// Business database.
    pub tx: SiteTx,
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Ok(Self { tx: state.door.open(bearer::identity(parts, state)?).await? })
    }
}

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
        self.state.door.open(who).await
    }
}

/// How a user is named when signing in.
pub enum UserKey {
    /// `auth.users.username`.
    Name(String),
    /// `auth.users.id`.
    Id(i64),
}
