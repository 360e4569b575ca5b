use chrono::{DateTime, Utc};
use domain::people;
use serde::Serialize;
use store::{AdminTx, StoreError, db::application::Application, operations::account::NotApproved};
use utoipa::ToSchema;

use crate::error::{ApiError, Kind};

/// An application, as a reviewer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationOut {
    /// Application.
    id: i64,
    /// Site applied for.
    site_id: i64,
    /// Its code.
    site_code: String,
    /// Its name.
    site_name: String,
    /// Applicant.
    user_id: i64,
    /// Their nickname.
    nickname: Option<String>,
    /// Their status now.
    user_status: String,
    /// coach, manager or finance.
    role_code: String,
    /// Masked.
    phone: String,
    /// As the site knows the applicant.
    employee_number: Option<String>,
    /// pending, approved, rejected.
    status: String,
    /// The reviewer's words.
    review_note: Option<String>,
    /// The reviewer's nickname.
    reviewer_name: Option<String>,
    /// When it was decided.
    reviewed_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Application> for ApplicationOut {
    fn from(row: Application) -> Self {
        Self {
            id: row.id,
            site_id: row.site_id,
            site_code: row.site_code,
            site_name: row.site_name,
            user_id: row.user_id,
            nickname: row.nickname,
            user_status: row.user_status,
            role_code: row.role_code,
            phone: people::mask_phone(&row.phone),
            employee_number: row.employee_number,
            status: row.status,
            review_note: row.review_note,
            reviewer_name: row.reviewer_name,
            reviewed_at: row.reviewed_at,
            created_at: row.created_at,
        }
    }
}

/// The application as it is now.
pub(super) async fn now(tx: &mut AdminTx, id: i64) -> Result<ApplicationOut, ApiError> {
    let row = store::db::application::by_id(tx.connection(), id).await?;
    Ok(row.ok_or(Kind::NotFound)?.into())
}

impl From<NotApproved> for ApiError {
    fn from(why: NotApproved) -> Self {
        match why {
            NotApproved::Decided(_) => Self::saying(Kind::Conflict, "该申请已被处理，请刷新后查看"),
            NotApproved::Disabled => Self::saying(Kind::Conflict, "申请人的账号已停用"),
            NotApproved::CoachMissing => Self::field("assistantId", "助教须绑定到本店的一位助教"),
            NotApproved::NotACoach => Self::field("assistantId", "该角色不能绑定助教"),
            NotApproved::BoundElsewhere => Self::saying(Kind::Conflict, "申请人在该门店已绑定另一位助教"),
            NotApproved::Store(StoreError::Conflict(_)) => {
                Self::saying(Kind::Conflict, "这位助教已绑定其他用户")
            }
            NotApproved::Store(error) => error.into(),
        }
    }
}
