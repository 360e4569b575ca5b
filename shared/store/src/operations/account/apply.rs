//! Asking to work at a site.
use domain::{SiteId, accounts::Role};
use serde_json::json;

use crate::{
    AccountTx, StoreError,
    db::{
        account,
        application::{self, Application},
        audit::{self, Action, Entry, Who},
        site,
    },
};

/// What is asked for; every value is in its one form.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Of the site.
    pub site_code: String,
    /// One that can be applied for.
    pub role: Role,
    /// To be reached at.
    pub phone: String,
    /// As the site knows them.
    pub employee_number: Option<String>,
}

/// Why there is no application.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// No active site has this code.
    #[error("no such site")]
    NoSuchSite,
    /// They have this role there.
    #[error("the role is held already")]
    HasRole,
    /// The database; a conflict: another one is pending at this site.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a pending application of the caller's, and their status follows.
pub async fn apply(tx: &mut AccountTx, wish: &Wish) -> Result<Application, NotApplied> {
    let user_id = tx.user.user_id;
    let user = account::lock(tx.connection(), user_id).await?.ok_or(StoreError::NotFound("user"))?;
    let site = site::of_code(tx.connection(), &wish.site_code).await?.ok_or(NotApplied::NoSuchSite)?;
    let holds = account::sites(tx.connection(), user_id)
        .await?
        .into_iter()
        .any(|held| held.site_id == site && held.roles.iter().any(|code| code == wish.role.as_str()));
    if holds {
        return Err(NotApplied::HasRole);
    }
    let number = wish.employee_number.as_deref();
    let id = application::insert(tx.connection(), site, user_id, wish.role, &wish.phone, number).await?;
    let status = user.status.applied();
    if status != user.status {
        account::set_status(tx.connection(), user_id, status).await?;
    }
    audit::write(tx.connection(), &entry(user_id, id, site, wish.role)).await?;
    Ok(application::by_id(tx.connection(), id).await?.ok_or(StoreError::NotFound("application"))?)
}

/// The applicant has no standing at the site yet: the line names it, and belongs to none.
fn entry(user_id: i64, id: i64, site: SiteId, role: Role) -> Entry {
    Entry {
        who: Who { user_id: Some(user_id), ..Who::default() },
        action: Action::ApplicationSubmitted,
        object: Some(("application", id.to_string())),
        detail: json!({ "siteId": site.0, "roleCode": role.as_str() }),
    }
}
