use store::operations::account::{self, NotDisabled};

use super::user_out::{UserOut, now};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, NoBody, PathId, Users, Written},
};

/// Shuts a user out: their tokens stop working at once. 409 for oneself and for the last administrator.
#[utoipa::path(
    post, path = "/api/admin/users/{id}/disable", operation_id = "disableUser", tag = "admin",
    responses((status = 200, body = Answer<UserOut>))
)]
pub async fn disable(
    id: PathId,
    AdministeringBody { mut by, .. }: AdministeringBody<Users, NoBody>,
) -> Result<Written<UserOut>, ApiError> {
    let id = id.get()?;
    account::disable(&mut by.tx, id).await.map_err(|why| match why {
        NotDisabled::Oneself => ApiError::saying(Kind::Conflict, "不能停用自己的账号"),
        NotDisabled::LastAdministrator => ApiError::saying(Kind::Conflict, "不能停用最后一位管理员"),
        NotDisabled::Store(error) => error.into(),
    })?;
    let user = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(user)).await
}
