//! Turning an applicant down.
use domain::accounts::status::ApplicationStatus;
use serde_json::json;

use super::approve::NotApproved;
use crate::{
    AdminTx, StoreError,
    db::{
        account,
        application::{self, Locked},
        audit::{self, Action, Entry, Who},
    },
};

/// Rejects a locked application with a reason; who waits for nothing else and works nowhere becomes `rejected`.
pub async fn reject(tx: &mut AdminTx, of: &Locked, reason: &str) -> Result<(), NotApproved> {
    if of.status != ApplicationStatus::Pending {
        return Err(NotApproved::Decided(of.status));
    }
    let reviewer = tx.admin.user_id;
    let user = account::lock(tx.connection(), of.user_id).await?.ok_or(StoreError::NotFound("user"))?;
    let waits = application::waits_elsewhere(tx.connection(), of.user_id, of.id).await?;
    let status = user.status.rejected(waits);
    if status != user.status {
        account::set_status(tx.connection(), of.user_id, status).await?;
    }
    application::decide(tx.connection(), of, ApplicationStatus::Rejected, reviewer, Some(reason)).await?;
    let entry = Entry {
        who: Who::administrator(tx, Some(of.site)),
        action: Action::ApplicationRejected,
        object: Some(("application", of.id.to_string())),
        detail: json!({ "userId": of.user_id, "roleCode": of.role.as_str() }),
    };
    Ok(audit::write(tx.connection(), &entry).await?)
}
