use domain::people;
use serde::Serialize;
use store::db::account;
use utoipa::ToSchema;

use super::session::SiteOfMine;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{NoQuery, Params, SignedIn},
};

/// Who the token's user is at the token's site.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// User.
    user_id: i64,
    /// new, pending, approved, rejected.
    status: String,
    /// Shown to people.
    nickname: Option<String>,
    /// The token's site; null until one is chosen.
    site_id: Option<i64>,
    /// Role codes there: coach, manager, finance, admin; none without a site.
    roles: Vec<String>,
    /// What those roles may do.
    permissions: Vec<String>,
    /// The coach the user is there; null for staff who coach nobody.
    assistant_id: Option<i64>,
    /// Every site at which the user has a role.
    sites: Vec<SiteOfMine>,
}

/// Who am I here, and what may I do? Needs a valid token, whatever the user's status.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, user, sites, the one of the token,
/// COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/xcx/auth/me", operation_id = "getMe", tag = "auth",
    responses((status = 200, body = Answer<Me>, example = json!({
        "code": 0,
        "data": {
            "userId": 41, "status": "approved", "nickname": "小雨", "siteId": 1, "roles": ["coach"],
            "permissions": ["ai", "customers.own", "notes", "pay.own", "tasks.own"], "assistantId": 1011,
            "sites": [{ "siteId": 1, "siteCode": "HALL01", "siteName": "朗朗桌球朝阳店", "roles": ["coach"] }]
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn me(SignedIn { mut tx, site }: SignedIn, _: Params<NoQuery>) -> Result<Answer<Me>, ApiError> {
    let user = tx.user.clone();
    let sites = account::sites(tx.connection(), user.user_id).await?;
    let here = match site {
        Some(site) => {
            let tx = tx.enter(site).await?;
            let here = (tx.ctx, tx.caller.clone());
            tx.commit().await?;
            Some(here)
        }
        None => {
            tx.commit().await?;
            None
        }
    };
    let mut me = Me {
        user_id: user.user_id,
        status: user.status,
        nickname: people::display_name(user.nickname.as_deref(), None).map(str::to_owned),
        site_id: site.map(|site| site.0),
        roles: Vec::new(),
        permissions: Vec::new(),
        assistant_id: None,
        sites: sites.into_iter().map(SiteOfMine::from).collect(),
    };
    let Some((ctx, caller)) = here else { return Ok(Answer::siteless(me)) };
    (me.roles, me.permissions, me.assistant_id) = (caller.roles, caller.permissions, caller.assistant_id);
    Ok(Answer::new(&ctx, me))
}
