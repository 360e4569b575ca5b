//! Signing in. `None` for whoever may not: which of the reasons it was is in the audit log, not in the answer.
use std::time::Duration;

use domain::{SiteId, accounts::AccountStatus};
use serde_json::json;
use sqlx::PgPool;

use super::session::{self, Session};
use crate::{
    StoreError,
    account_tx::SignInTx,
    db::{
        account::{self, Locked},
        audit::{self, Action, Entry, Who},
        refresh_token::Audience,
    },
};

/// By WeChat: finds the user of that identity, or makes one with status `new`.
pub async fn by_wechat(
    pool: &PgPool,
    openid: &str,
    unionid: Option<&str>,
    life: Duration,
) -> Result<Option<Session>, StoreError> {
    let mut tx = SignInTx::begin(pool).await?;
    let user = account::of_wechat(tx.connection(), openid, unionid).await?;
    if user.status == AccountStatus::Disabled {
        return refuse(tx, Some(user.user_id), "wechat", "disabled").await;
    }
    let sites = session::choices(tx.connection(), user.user_id, Audience::MiniProgram).await?;
    let site = session::choose(&sites, None);
    let session = session::begin(tx.connection(), user, sites, site, Audience::MiniProgram, life).await?;
    admit(tx, session, "wechat").await
}

/// By password, which the caller has checked against `checked_hash`. `site`: exactly that one or none at all.
pub async fn by_password(
    pool: &PgPool,
    user_id: i64,
    checked_hash: &str,
    site: Option<SiteId>,
    life: Duration,
) -> Result<Option<Session>, StoreError> {
    let mut tx = SignInTx::begin(pool).await?;
    let Some(user) = account::lock(tx.connection(), user_id).await? else {
        return refuse(tx, None, "password", "gone").await;
    };
    if user.status != AccountStatus::Approved {
        return refuse(tx, Some(user_id), "password", user.status.as_str()).await;
    }
    if account::password_hash(tx.connection(), user_id).await?.as_deref() != Some(checked_hash) {
        return refuse(tx, Some(user_id), "password", "changed").await;
    }
    let sites = session::choices(tx.connection(), user_id, Audience::BackOffice).await?;
    // Before there is a first hall, an administrator of every site has none to choose.
    if sites.is_empty() && !account::is_administrator(tx.connection(), user_id, user.token_version).await? {
        return refuse(tx, Some(user_id), "password", "no back-office role").await;
    }
    if site.is_some() && session::choose(&sites, site) != site {
        return refuse(tx, Some(user_id), "password", "no role at the site").await;
    }
    let site = session::choose(&sites, site);
    let session = session::begin(tx.connection(), user, sites, site, Audience::BackOffice, life).await?;
    admit(tx, session, "password").await
}

/// By name or id alone: for the demo. `site`: exactly that one or none at all.
pub async fn by_name_alone(
    pool: &PgPool,
    user_id: i64,
    site: Option<SiteId>,
    life: Duration,
) -> Result<Option<Session>, StoreError> {
    let mut tx = SignInTx::begin(pool).await?;
    let Some(user) = account::lock(tx.connection(), user_id).await? else {
        return refuse(tx, None, "name", "gone").await;
    };
    let Locked { status, .. } = user;
    let sites = session::choices(tx.connection(), user_id, Audience::MiniProgram).await?;
    let chosen = session::choose(&sites, site);
    if status == AccountStatus::Disabled || chosen.is_none() || (site.is_some() && chosen != site) {
        return refuse(tx, Some(user_id), "name", "disabled, or no role at the site").await;
    }
    let session = session::begin(tx.connection(), user, sites, chosen, Audience::MiniProgram, life).await?;
    admit(tx, session, "name").await
}

/// Tells the log of a sign-in that was refused before it came to a session.
pub async fn refused(
    pool: &PgPool,
    user_id: Option<i64>,
    by: &'static str,
    why: &'static str,
) -> Result<(), StoreError> {
    refuse(SignInTx::begin(pool).await?, user_id, by, why).await.map(drop)
}

async fn admit(mut tx: SignInTx, session: Session, by: &'static str) -> Result<Option<Session>, StoreError> {
    account::signed_in(tx.connection(), session.user_id).await?;
    let entry = entry(Action::SignedIn, Some(session.user_id), json!({ "by": by }));
    audit::write(tx.connection(), &entry).await?;
    tx.commit().await?;
    Ok(Some(session))
}

async fn refuse(
    mut tx: SignInTx,
    user_id: Option<i64>,
    by: &'static str,
    why: &str,
) -> Result<Option<Session>, StoreError> {
    let entry = entry(Action::SignInRefused, user_id, json!({ "by": by, "why": why }));
    audit::write(tx.connection(), &entry).await?;
    tx.commit().await?;
    Ok(None)
}

fn entry(action: Action, user_id: Option<i64>, detail: serde_json::Value) -> Entry {
    let object = user_id.map(|id| ("user", id.to_string()));
    Entry { who: Who { user_id, ..Who::default() }, action, object, detail }
}
