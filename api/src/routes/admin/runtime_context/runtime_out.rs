use chrono::{DateTime, NaiveDate, Utc};
use domain::{RuntimeContext, SiteId};
use serde::Serialize;
use store::{
    AdminTx,
    db::runtime_context::{self, Sandbox},
};
use utoipa::ToSchema;

use crate::error::{ApiError, Kind};

/// What a site looks at.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeOut {
    /// Site.
    site_id: i64,
    /// live or sandbox.
    mode: SiteMode,
    /// The business date that everybody at the site sees; null = live.
    sandbox_date: Option<NaiveDate>,
    /// When the sandbox ends by itself.
    expires_at: Option<DateTime<Utc>>,
    /// Who put the site there.
    set_by: Option<String>,
    /// When.
    set_at: Option<DateTime<Utc>>,
    /// The live business date.
    today: NaiveDate,
}

/// See [`RuntimeOut`].
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SiteMode {
    Live,
    Sandbox,
}

impl RuntimeOut {
    pub(super) fn new(live: &RuntimeContext, sandbox: Option<Sandbox>) -> Self {
        Self {
            site_id: live.site_id.0,
            mode: if sandbox.is_some() { SiteMode::Sandbox } else { SiteMode::Live },
            sandbox_date: sandbox.as_ref().map(|s| s.date),
            expires_at: sandbox.as_ref().map(|s| s.expires_at),
            set_at: sandbox.as_ref().map(|s| s.set_at),
            set_by: sandbox.and_then(|s| s.set_by),
            today: live.today(),
        }
    }

    /// As it stands.
    pub(super) async fn now(tx: &mut AdminTx, live: &RuntimeContext) -> Result<Self, ApiError> {
        Ok(Self::new(live, runtime_context::sandbox(tx.connection(), live.site_id).await?))
    }
}

/// The live context of the path's site: administrators are not in its sandbox. 404 for a site that is not there, or not
/// active.
pub(super) async fn live(tx: &mut AdminTx, site: i64) -> Result<RuntimeContext, ApiError> {
    Ok(tx.context(SiteId(site)).await?.ok_or(Kind::NotFound)?)
}
