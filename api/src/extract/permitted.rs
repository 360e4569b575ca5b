//! The caller's transaction, opened and permitted.
use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{Method, Uri, request::Parts},
};
use store::{Access, SiteTx};

use super::{
    Permission, SiteWarehouse, bearer, past,
    write::{Caller, Write},
};
use crate::{
    error::{ApiError, Kind},
    state::AppState,
    token::Identity,
};

/// Whether figures of an answer are made of the warehouse's facts, and so may differ from what was shown on a past date.
pub trait Shows: Send + Sync + 'static {
    /// They are.
    const FACTS: bool;
}

/// Answers with figures made of facts.
pub enum Facts {}
/// Answers without: notes, clues, rules, words of the AI, calendars.
pub enum NoFacts {}

impl Shows for Facts {
    const FACTS: bool = true;
}

impl Shows for NoFacts {
    const FACTS: bool = false;
}

/// The transaction of a caller who is approved and holds the permission at the site, as of this very transaction. As an
/// extractor it is for reads, and its transaction is read-only; for writes see [`PermittedBody`].
pub struct Permitted<P, S = Facts> {
    /// Business database.
    pub tx: SiteTx,
    /// Warehouse.
    pub warehouse: SiteWarehouse,
    means: PhantomData<(P, S)>,
}

impl<P: Permission, S: Shows> Permitted<P, S> {
    pub(super) async fn enter(
        who: Identity,
        state: &AppState,
        access: Access,
        uri: &Uri,
    ) -> Result<Self, ApiError> {
        let Some(site) = who.site else { return Err(no_site(who, state).await) };
        let mut tx = state.door.site(who, site, access).await?;
        if tx.caller.status != "approved" {
            return Err(Kind::NotApproved.into());
        }
        if !P::ANY_OF.iter().any(|code| tx.caller.may(code)) {
            return Err(Kind::NotPermitted.into());
        }
        let warehouse = state.door.warehouse(site);
        past::enter(&mut tx, &warehouse, uri, S::FACTS).await?;
        Ok(Self { tx, warehouse, means: PhantomData })
    }
}

/// A token without a site opens no site; whoever is not approved hears of that first.
async fn no_site(who: Identity, state: &AppState) -> ApiError {
    match state.door.account(who, Access::Read).await {
        Ok(tx) if tx.user.status == "approved" => Kind::NoSite.into(),
        Ok(_) => Kind::NotApproved.into(),
        Err(error) => error,
    }
}

impl<P: Permission, S: Shows> FromRequestParts<AppState> for Permitted<P, S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let by = Self::enter(bearer::identity(parts, state)?, state, Access::Read, &parts.uri).await?;
        parts.extensions.insert(past::Heard);
        Ok(by)
    }
}

impl<P: Permission> Caller for Permitted<P> {
    type Tx = SiteTx;
    const HEARS: Option<&'static str> = Some(past::AS_OF);

    async fn open(who: Identity, state: &AppState, line: (&Method, &Uri)) -> Result<Self, ApiError> {
        let mut by = Self::enter(who, state, Access::Write, line.1).await?;
        if !P::ALSO_IN_THE_PAST {
            by.tx = past::refuse_to_write(by.tx, line).await?;
        }
        Ok(by)
    }

    fn tx(&mut self) -> &mut SiteTx {
        &mut self.tx
    }

    fn into_tx(self) -> SiteTx {
        self.tx
    }
}

/// [`Permitted`] for a write, and what was sent.
pub type PermittedBody<P, B> = Write<Permitted<P>, B>;
