use domain::{SiteId, accounts::Role};
use serde::Deserialize;
use store::operations::account::{self, NotSet};
use utoipa::ToSchema;

use super::user_out::{UserOut, now};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{AdministeringBody, MAX_ID, PathId, Users, Written},
};

/// Exactly these roles at a site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolesBody {
    /// Site; null = every site, where admin is the only role.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, minimum = 1, maximum = 9007199254740991i64)]
    site_id: Option<i64>,
    /// Role codes: coach, manager, finance, admin; none = they work there no more.
    #[schema(max_items = 4)]
    roles: Vec<String>,
}

impl RolesBody {
    fn check(self) -> Result<(Option<SiteId>, Vec<Role>), ApiError> {
        let mut errors = Vec::new();
        if self.site_id.is_some_and(|id| !(1..=MAX_ID).contains(&id)) {
            errors.push(FieldError::new("siteId", "须为正整数，或 null 表示所有门店"));
        }
        let mut roles = Vec::new();
        for (index, code) in self.roles.iter().enumerate() {
            let field = || format!("roles.{index}");
            match code.parse::<Role>() {
                Err(why) => errors.push(FieldError::new(field(), why)),
                Ok(role) if roles.contains(&role) => errors.push(FieldError::new(field(), "不能重复")),
                Ok(role) if self.site_id.is_none() && role != Role::Admin => {
                    errors.push(FieldError::new(field(), "所有门店只能是 admin"));
                }
                Ok(role) => roles.push(role),
            }
        }
        roles.sort_unstable_by_key(|role| role.as_str());
        if errors.is_empty() { Ok((self.site_id.map(SiteId), roles)) } else { Err(ApiError::invalid(errors)) }
    }
}

/// Gives a user exactly these roles at a site; they hold from the user's next request. With the last role of a site the
/// binding to its coach goes too. 409 for users who are not approved, and for the last administrator.
#[utoipa::path(
    put, path = "/api/admin/users/{id}/roles", operation_id = "setUserRoles", tag = "admin",
    request_body = RolesBody, responses((status = 200, body = Answer<UserOut>))
)]
pub async fn set_roles(
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Users, RolesBody>,
) -> Result<Written<UserOut>, ApiError> {
    let id = id.get()?;
    let (site, roles) = body.check()?;
    if let Some(site) = site
        && by.tx.context(site).await?.is_none()
    {
        return Err(ApiError::field("siteId", "没有这家门店"));
    }
    account::set_roles(&mut by.tx, id, site, &roles).await.map_err(|why| match why {
        NotSet::Status(_) => ApiError::saying(Kind::Conflict, "该用户尚未通过审核或已停用"),
        NotSet::LastAdministrator => ApiError::saying(Kind::Conflict, "不能取消最后一位管理员"),
        NotSet::Store(error) => error.into(),
    })?;
    let user = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(user)).await
}
