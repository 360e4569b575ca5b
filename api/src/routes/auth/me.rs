use domain::people;
use serde::Serialize;
use store::db::account;
use utoipa::ToSchema;

use crate::{answer::Answer, error::ApiError, extract::SignedIn};

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
    /// The token's site.
    site_id: i64,
    /// Role codes there: coach, manager, finance, admin.
    roles: Vec<String>,
    /// What those roles may do.
    permissions: Vec<String>,
    /// The coach the user is there; null for staff who coach nobody.
    assistant_id: Option<i64>,
    /// Every site at which the user has a role.
    sites: Vec<SiteOfMine>,
}

/// A site at which the user has a role.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteOfMine {
    /// Site.
    site_id: i64,
    /// What an applicant types.
    site_code: String,
    /// Shown to people.
    site_name: String,
    /// Role codes there.
    roles: Vec<String>,
}

/// Who am I here, and what may I do? Needs a valid token, whatever the user's status.
#[utoipa::path(
    get, path = "/api/xcx/auth/me", operation_id = "getMe", tag = "auth", security(("token" = [])),
    responses((status = 200, body = Answer<Me>))
)]
pub async fn me(SignedIn { mut tx }: SignedIn) -> Result<Answer<Me>, ApiError> {
    let (ctx, caller) = (tx.ctx, tx.caller.clone());
    let sites = account::sites(tx.connection(), caller.user_id).await?;
    tx.commit().await?;
    let sites = sites
        .into_iter()
        .map(|site| SiteOfMine {
            site_id: site.site_id.0,
            site_code: site.site_code,
            site_name: site.site_name,
            roles: site.roles,
        })
        .collect();
    let me = Me {
        user_id: caller.user_id,
        status: caller.status,
        nickname: people::display_name(caller.nickname.as_deref(), None).map(str::to_owned),
        site_id: ctx.site_id.0,
        roles: caller.roles,
        permissions: caller.permissions,
        assistant_id: caller.assistant_id,
        sites,
    };
    Ok(Answer::new(&ctx, me))
}
