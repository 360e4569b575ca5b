//! Letting an applicant in.
use domain::accounts::{AccountStatus, status::ApplicationStatus};
use serde_json::json;

use super::bind::Coach;
use crate::{
    AdminTx, StoreError,
    db::{
        account,
        application::{self, Locked},
        audit::{self, Action, Entry, Who},
        binding, role,
    },
};

/// Why an application was not approved.
#[derive(Debug, thiserror::Error)]
pub enum NotApproved {
    /// It is decided already.
    #[error("the application is {0}")]
    Decided(ApplicationStatus),
    /// The applicant is disabled.
    #[error("the applicant is disabled")]
    Disabled,
    /// A coach must be bound to one of the warehouse.
    #[error("a coach must be bound")]
    CoachMissing,
    /// The role coaches nobody.
    #[error("this role coaches nobody")]
    NotACoach,
    /// The applicant is another coach of the site already.
    #[error("bound to another coach")]
    BoundElsewhere,
    /// The database; a conflict: the coach is bound to another user.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Approves a locked application: role, binding, status; who has no name takes the coach's. A binding that is there stays unless it says nothing yet.
pub async fn approve(
    tx: &mut AdminTx,
    of: &Locked,
    coach: Option<&Coach>,
    note: Option<&str>,
) -> Result<(), NotApproved> {
    if of.status != ApplicationStatus::Pending {
        return Err(NotApproved::Decided(of.status));
    }
    let reviewer = tx.admin.user_id;
    let user = account::lock(tx.connection(), of.user_id).await?.ok_or(StoreError::NotFound("user"))?;
    let status = user.status.approved().ok_or(NotApproved::Disabled)?;
    let bound = binding::of_user(tx.connection(), of.user_id, of.site).await?.flatten();
    let assistant_id = match (coach.map(|coach| coach.assistant_id), bound) {
        (Some(_), _) if !of.role.may_coach() => return Err(NotApproved::NotACoach),
        (Some(wanted), Some(there)) if wanted != there => return Err(NotApproved::BoundElsewhere),
        (wanted, there) => wanted.or(there),
    };
    if assistant_id.is_none() && of.role == domain::accounts::Role::Coach {
        return Err(NotApproved::CoachMissing);
    }
    binding::set(tx.connection(), of.user_id, of.site, assistant_id).await?;
    if let Some(name) = coach.and_then(|coach| coach.name.as_deref()) {
        account::name_if_nameless(tx.connection(), of.user_id, name).await?;
    }
    role::grant(tx.connection(), of.user_id, Some(of.site), of.role).await?;
    if user.status != AccountStatus::Approved {
        account::set_status(tx.connection(), of.user_id, status).await?;
    }
    application::decide(tx.connection(), of, ApplicationStatus::Approved, reviewer, note).await?;
    let entry = Entry {
        who: Who::administrator(tx, Some(of.site)),
        action: Action::ApplicationApproved,
        object: Some(("application", of.id.to_string())),
        detail: json!({ "userId": of.user_id, "roleCode": of.role.as_str(), "assistantId": assistant_id }),
    };
    Ok(audit::write(tx.connection(), &entry).await?)
}
