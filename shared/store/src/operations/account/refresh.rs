//! A refresh token for a new pair of tokens.
use std::time::Duration;

use domain::{
    SiteId,
    accounts::{
        AccountStatus,
        refresh::{Verdict, judge},
    },
};
use serde_json::json;
use sqlx::PgPool;

use super::session::{self, Session};
use crate::{
    StoreError,
    account_tx::SignInTx,
    db::{
        account,
        audit::{self, Action, Entry, Who},
        refresh_token::{self, Audience, NewToken},
    },
};

/// What became of it.
pub enum Refreshed {
    /// A child of the token, and what the access token is to say.
    Session(Session),
    /// Worth nothing: unknown, of the other side, ended, revoked, or its user may not go on.
    Refused,
    /// It had been used up: its family is revoked now.
    Reused,
}

/// Rotates a token. The holder's row is locked first, so that of two at once the second sees what the first did. The
/// site stays the token's while the user may choose it (`site`, if given, replaces it), else it is their first.
pub async fn refresh(
    pool: &PgPool,
    plain: &str,
    audience: Audience,
    site: Option<SiteId>,
    life: Duration,
) -> Result<Refreshed, StoreError> {
    let mut tx = SignInTx::begin(pool).await?;
    let Some(holder) = refresh_token::holder(tx.connection(), plain).await? else {
        return Ok(Refreshed::Refused);
    };
    let Some(user) = account::lock(tx.connection(), holder).await? else {
        return Ok(Refreshed::Refused);
    };
    let Some(found) = refresh_token::find(tx.connection(), plain, audience).await? else {
        return Ok(Refreshed::Refused);
    };
    match judge(&found.presented, found.now) {
        Verdict::Rotate if user.status != AccountStatus::Disabled => {}
        Verdict::Rotate | Verdict::Refuse => return Ok(Refreshed::Refused),
        Verdict::Reuse => {
            refresh_token::revoke_family(tx.connection(), holder, plain).await?;
            let entry = Entry {
                who: Who { user_id: Some(holder), ..Who::default() },
                action: Action::RefreshTokenReused,
                object: Some(("user", holder.to_string())),
                detail: json!({ "generation": found.presented.generation, "audience": audience.as_str() }),
            };
            audit::write(tx.connection(), &entry).await?;
            tx.commit().await?;
            return Ok(Refreshed::Reused);
        }
    }
    let sites = session::choices(tx.connection(), holder, audience).await?;
    let no_longer_back_office = audience == Audience::BackOffice
        && sites.is_empty()
        && !account::is_administrator(tx.connection(), holder, user.token_version).await?;
    if no_longer_back_office || (site.is_some() && session::choose(&sites, site) != site) {
        return Ok(Refreshed::Refused);
    }
    let site = session::choose(&sites, site.or(found.site));
    let token = NewToken::draw();
    refresh_token::rotate(tx.connection(), found.id, &token, site, life).await?;
    tx.commit().await?;
    Ok(Refreshed::Session(Session {
        user_id: holder,
        token_version: user.token_version,
        status: user.status,
        site,
        sites,
        refresh_token: token.plain,
        refresh_life: life,
    }))
}
