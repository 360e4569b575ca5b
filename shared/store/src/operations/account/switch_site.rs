//! Going over to another site.
use std::time::Duration;

use domain::SiteId;

use super::session::{self, Session};
use crate::{
    AccountTx, StoreError,
    db::{
        account,
        refresh_token::{self, Audience},
    },
};

/// A new session at a site where the user has a role; `None` where they have none, which is also the answer for sites
/// that do not exist. `replaces`: a refresh token of theirs that ends with it.
pub async fn switch_site(
    tx: &mut AccountTx,
    site: SiteId,
    replaces: Option<&str>,
    life: Duration,
) -> Result<Option<Session>, StoreError> {
    let user_id = tx.user.user_id;
    let user = account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    let sites = session::choices(tx.connection(), user_id, Audience::MiniProgram).await?;
    if session::choose(&sites, Some(site)) != Some(site) {
        return Ok(None);
    }
    if let Some(plain) = replaces {
        refresh_token::revoke_family(tx.connection(), user_id, plain).await?;
    }
    session::begin(tx.connection(), user, sites, Some(site), Audience::MiniProgram, life).await.map(Some)
}
