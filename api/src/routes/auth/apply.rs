use domain::accounts::{Role, entries};
use serde::Deserialize;
use store::StoreError;
use store::operations::account::{self, NotApplied, Wish};
use utoipa::ToSchema;

use super::application_out::MyApplication;
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{SignedInBody, Written},
};

/// Where one wants to work, and as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyBody {
    /// The site's code: 2–20 letters or digits.
    #[schema(min_length = 2, max_length = 50)]
    site_code: String,
    /// coach, manager or finance.
    #[schema(pattern = "^(coach|manager|finance)$")]
    role_code: String,
    /// 5–20 digits, + in front if need be.
    #[schema(min_length = 5, max_length = 50)]
    phone: String,
    /// As the site knows the applicant, up to 50 characters.
    #[schema(min_length = 1, max_length = 50)]
    employee_number: Option<String>,
}

impl ApplyBody {
    /// Every field checked, every refusal named.
    fn check(self) -> Result<Wish, ApiError> {
        let mut errors = Vec::new();
        let mut refuse = |field: &str, why: String| errors.push(FieldError::new(field, why));
        let site_code =
            entries::site_code(&self.site_code).map_err(|e| refuse("siteCode", e.to_string())).ok();
        let role = self.role_code.parse::<Role>().ok().filter(|role| role.can_be_applied_for());
        if role.is_none() {
            refuse("roleCode", "须为 coach、manager 或 finance".to_owned());
        }
        let phone = entries::phone(&self.phone).map_err(|e| refuse("phone", e.to_string())).ok();
        let number = self.employee_number.as_deref().map(entries::employee_number).transpose();
        let employee_number = number.map_err(|e| refuse("employeeNumber", e.to_string())).ok();
        match (site_code, role, phone, employee_number) {
            (Some(site_code), Some(role), Some(phone), Some(employee_number)) => {
                Ok(Wish { site_code, role, phone, employee_number })
            }
            _ => Err(ApiError::invalid(errors)),
        }
    }
}

/// Asks to work at a site. A new or rejected user is `pending` from then on, an approved one stays approved. 409 while an
/// application at this site waits for its answer, or when the role is held there already.
#[utoipa::path(
    post, path = "/api/xcx/auth/apply", operation_id = "apply", tag = "auth", request_body = ApplyBody,
    responses((status = 200, body = Answer<MyApplication>))
)]
pub async fn apply(
    SignedInBody { mut by, body }: SignedInBody<ApplyBody>,
) -> Result<Written<MyApplication>, ApiError> {
    let wish = body.check()?;
    let application = account::apply(&mut by.tx, &wish).await.map_err(|why| match why {
        NotApplied::NoSuchSite => ApiError::field("siteCode", "没有这家门店"),
        NotApplied::HasRole => ApiError::saying(Kind::Conflict, "您在该门店已有此角色"),
        NotApplied::Store(StoreError::Conflict(_)) => {
            ApiError::saying(Kind::Conflict, "您在该门店的申请正在审核中")
        }
        NotApplied::Store(error) => error.into(),
    })?;
    by.finish(Answer::siteless(application.into())).await
}
