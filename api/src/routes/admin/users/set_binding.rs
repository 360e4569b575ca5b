use domain::SiteId;
use serde::Deserialize;
use store::{
    StoreError,
    operations::account::{self, NotBound},
};
use utoipa::ToSchema;

use super::{
    super::coach,
    user_out::{UserOut, now},
};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{AdministeringBody, MAX_ID, PathId, Users, Written},
};

/// Which coach a user is at a site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindingBody {
    /// Site.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    site_id: i64,
    /// The coach of its warehouse; null = they coach nobody (any more).
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, minimum = 1, maximum = 9007199254740991i64)]
    assistant_id: Option<i64>,
}

impl BindingBody {
    fn check(&self) -> Result<(), ApiError> {
        let fits = |id: i64| (1..=MAX_ID).contains(&id);
        let wrong = [
            (!fits(self.site_id)).then_some("siteId"),
            self.assistant_id.is_some_and(|id| !fits(id)).then_some("assistantId"),
        ];
        let errors: Vec<_> =
            wrong.into_iter().flatten().map(|field| FieldError::new(field, "须为正整数")).collect();
        if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
    }
}

/// Binds a user to a coach of a site, whose name they take if they have none, or to nobody; it holds from the user's next request. 409 without a role there that
/// coaches, or when the coach is another user; 422 if there is no such coach or they have resigned.
#[utoipa::path(
    put, path = "/api/admin/users/{id}/binding", operation_id = "setUserBinding", tag = "admin",
    request_body = BindingBody, responses((status = 200, body = Answer<UserOut>))
)]
pub async fn set_binding(
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Users, BindingBody>,
) -> Result<Written<UserOut>, ApiError> {
    let id = id.get()?;
    body.check()?;
    let site = SiteId(body.site_id);
    if by.tx.context(site).await?.is_none() {
        return Err(ApiError::field("siteId", "没有这家门店"));
    }
    let coach = match body.assistant_id {
        Some(assistant_id) => Some(coach::find(&mut by, site, assistant_id).await?),
        None => None,
    };
    account::bind(&mut by.tx, id, site, coach.as_ref()).await.map_err(|why| match why {
        NotBound::NoRole => ApiError::saying(Kind::Conflict, "该用户在该门店没有角色"),
        NotBound::NotACoach => ApiError::saying(Kind::Conflict, "该用户在该门店的角色不能绑定助教"),
        NotBound::Store(StoreError::Conflict(_)) => {
            ApiError::saying(Kind::Conflict, "这位助教已绑定其他用户")
        }
        NotBound::Store(error) => error.into(),
    })?;
    let user = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(user)).await
}
