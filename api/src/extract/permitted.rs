//! The caller's transaction, opened and permitted.
use std::marker::PhantomData;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use store::SiteTx;

use super::{Permission, SiteWarehouse, bearer, body};
use crate::{
    error::{ApiError, Kind},
    state::AppState,
    token::Identity,
};

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
        let Some(site) = who.site else { return Err(no_site(who, state).await) };
        let tx = state.door.site(who, site).await?;
        if tx.caller.status != "approved" {
            return Err(Kind::NotApproved.into());
        }
        if !P::ANY_OF.iter().any(|code| tx.caller.may(code)) {
            return Err(Kind::NotPermitted.into());
        }
        Ok(Self { tx, warehouse: state.door.warehouse(site), permission: PhantomData })
    }
}

/// A token without a site opens no site; whoever is not approved hears of that first.
async fn no_site(who: Identity, state: &AppState) -> ApiError {
    match state.door.account(who).await {
        Ok(tx) if tx.user.status == "approved" => Kind::NoSite.into(),
        Ok(_) => Kind::NotApproved.into(),
        Err(error) => error,
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
