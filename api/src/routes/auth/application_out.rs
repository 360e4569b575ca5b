use chrono::{DateTime, Utc};
use domain::people;
use serde::Serialize;
use store::db::application::Application;
use utoipa::ToSchema;

/// An application of one's own.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyApplication {
    /// Application.
    id: i64,
    /// Site.
    site_id: i64,
    /// Its code.
    site_code: String,
    /// Its name.
    site_name: String,
    /// coach, manager or finance.
    role_code: String,
    /// Masked.
    phone: String,
    /// As the site knows the applicant.
    employee_number: Option<String>,
    /// pending, approved, rejected.
    status: String,
    /// The reviewer's words; a rejection has them.
    review_note: Option<String>,
    /// When it was decided.
    reviewed_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Application> for MyApplication {
    fn from(row: Application) -> Self {
        Self {
            id: row.id,
            site_id: row.site_id,
            site_code: row.site_code,
            site_name: row.site_name,
            role_code: row.role_code,
            phone: people::mask_phone(&row.phone),
            employee_number: row.employee_number,
            status: row.status,
            review_note: row.review_note,
            reviewed_at: row.reviewed_at,
            created_at: row.created_at,
        }
    }
}
