//! Administrators, at every site.
use std::marker::PhantomData;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use store::AdminTx;

use super::{Permission, SiteWarehouse, bearer, body};
use crate::{
    error::{ApiError, Kind},
    state::AppState,
    token::Identity,
};

/// The transaction over every site of an administrator who is approved and holds the permission, as of this very
/// transaction. The token's site, if it has one, does not matter.
pub struct Administering<P> {
    /// Business database: accounts, applications and the audit log of every site.
    pub tx: AdminTx,
    warehouses: AppState,
    permission: PhantomData<P>,
}

impl<P: Permission> Administering<P> {
    async fn open(who: Identity, state: &AppState) -> Result<Self, ApiError> {
        let tx = state.door.everywhere(who).await?;
        if tx.admin.status != "approved" {
            return Err(Kind::NotApproved.into());
        }
        if !P::ANY_OF.iter().any(|code| tx.admin.may(code)) {
            return Err(Kind::NotPermitted.into());
        }
        Ok(Self { tx, warehouses: state.clone(), permission: PhantomData })
    }

    /// The warehouse, cut to a site.
    pub fn warehouse(&self, site: domain::SiteId) -> SiteWarehouse {
        self.warehouses.door.warehouse(site)
    }
}

impl<P: Permission> FromRequestParts<AppState> for Administering<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Self::open(bearer::identity(parts, state)?, state).await
    }
}

/// [`Administering`], and a JSON body: received before the transaction opens, read after, as in
/// [`super::PermittedBody`].
pub struct AdministeringBody<P, B> {
    /// The caller.
    pub by: Administering<P>,
    /// What was sent.
    pub body: B,
}

impl<P: Permission, B: DeserializeOwned> FromRequest<AppState> for AdministeringBody<P, B> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (parts, received) = request.into_parts();
        let who = bearer::identity(&parts, state)?;
        let bytes = body::read(Request::from_parts(parts, received), state).await?;
        let by = Administering::open(who, state).await?;
        Ok(Self { by, body: body::parse(&bytes)? })
    }
}
