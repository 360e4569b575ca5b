//! What signing in gives: a refresh token of a new family, and what the access token beside it is to say.
use std::time::Duration;

use domain::{
    SiteId,
    accounts::{AccountStatus, Role},
};
use sqlx::PgConnection;

use crate::{
    StoreError,
    db::{
        account::{self, Locked, SiteOfUser},
        refresh_token::{self, Audience, NewToken},
    },
};

/// A user who has just proved who they are.
pub struct Session {
    /// `auth.users.id`.
    pub user_id: i64,
    /// For the access token.
    pub token_version: i32,
    /// Where they stand.
    pub status: AccountStatus,
    /// Site of the access token; `None`: they have none to choose.
    pub site: Option<SiteId>,
    /// Those that they may choose.
    pub sites: Vec<SiteOfUser>,
    /// For the holder alone; kept nowhere.
    pub refresh_token: String,
    /// Its life.
    pub refresh_life: Duration,
}

/// The sites that a user may choose on a side: for the back office, those with a role that opens it.
pub(super) async fn choices(
    connection: &mut PgConnection,
    user_id: i64,
    audience: Audience,
) -> Result<Vec<SiteOfUser>, StoreError> {
    let mut sites = account::sites(connection, user_id).await?;
    if audience == Audience::BackOffice {
        sites.retain(|site| {
            site.roles.iter().any(|code| code.parse::<Role>().is_ok_and(Role::is_back_office))
        });
    }
    Ok(sites)
}

/// That site if it may be chosen, else the first that may.
pub(super) fn choose(sites: &[SiteOfUser], wanted: Option<SiteId>) -> Option<SiteId> {
    let may = |site: &SiteId| sites.iter().any(|s| s.site_id == *site);
    wanted.filter(may).or_else(|| sites.first().map(|site| site.site_id))
}

/// Begins a session of a locked user at one of `sites`.
pub(super) async fn begin(
    connection: &mut PgConnection,
    user: Locked,
    sites: Vec<SiteOfUser>,
    site: Option<SiteId>,
    audience: Audience,
    life: Duration,
) -> Result<Session, StoreError> {
    let token = NewToken::draw();
    refresh_token::begin(connection, &token, user.user_id, site, audience, life).await?;
    Ok(Session {
        user_id: user.user_id,
        token_version: user.token_version,
        status: user.status,
        site,
        sites,
        refresh_token: token.plain,
        refresh_life: life,
    })
}
