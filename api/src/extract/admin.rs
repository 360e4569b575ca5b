//! Administrators, at every site.
use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{Method, Uri, request::Parts},
};
use store::{Access, AdminTx};

use super::{
    Permission, SiteWarehouse, bearer,
    write::{Caller, Write},
};
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
    pub(super) async fn enter(who: Identity, state: &AppState, access: Access) -> Result<Self, ApiError> {
        let tx = state.door.everywhere(who, access).await?;
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
        Self::enter(bearer::identity(parts, state)?, state, Access::Read).await
    }
}

impl<P: Permission> Caller for Administering<P> {
    type Tx = AdminTx;

    async fn open(who: Identity, state: &AppState, _: (&Method, &Uri)) -> Result<Self, ApiError> {
        Self::enter(who, state, Access::Write).await
    }

    fn tx(&mut self) -> &mut AdminTx {
        &mut self.tx
    }

    fn into_tx(self) -> AdminTx {
        self.tx
    }
}

/// [`Administering`] for a write, and what was sent.
pub type AdministeringBody<P, B> = Write<Administering<P>, B>;
