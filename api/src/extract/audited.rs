use axum::{extract::FromRequestParts, http::request::Parts};
use serde_json::Value;
use store::{
    Access, SiteTx,
    db::audit::{self, Action, Entry, Who},
};

use super::{Permission, Permitted, SiteWarehouse, bearer, past};
use crate::{error::ApiError, state::AppState};

/// A read that leaves a line in the audit log. The warehouse is to be had for the line alone: it stands before the
/// first look, whatever becomes of the answer.
pub struct Audited<P>(Permitted<P>);

impl<P: Permission> Audited<P> {
    /// Business database.
    pub fn tx(&mut self) -> &mut SiteTx {
        &mut self.0.tx
    }

    /// Writes the line, and opens the way to the warehouse. `detail`: an object, without personal data.
    pub async fn tell(
        self,
        action: Action,
        object: Option<(&'static str, String)>,
        detail: Value,
    ) -> Result<SiteWarehouse, ApiError> {
        let Permitted { mut tx, warehouse, .. } = self.0;
        let entry = Entry { who: Who::from(&tx), action, object, detail };
        audit::write(tx.connection(), &entry).await?;
        tx.commit().await?;
        Ok(warehouse)
    }
}

impl<P: Permission> FromRequestParts<AppState> for Audited<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let by = Permitted::enter(bearer::identity(parts, state)?, state, Access::Write, &parts.uri).await?;
        parts.extensions.insert(past::Heard);
        Ok(Self(by))
    }
}
