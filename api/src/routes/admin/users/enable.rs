use store::operations::account;

use super::user_out::{UserOut, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{AdministeringBody, NoBody, PathId, Users, Written},
};

/// Lets a disabled user back in: approved with a role, else as their newest application stands. They sign in again.
#[utoipa::path(
    post, path = "/api/admin/users/{id}/enable", operation_id = "enableUser", tag = "admin",
    responses((status = 200, body = Answer<UserOut>))
)]
pub async fn enable(
    id: PathId,
    AdministeringBody { mut by, .. }: AdministeringBody<Users, NoBody>,
) -> Result<Written<UserOut>, ApiError> {
    let id = id.get()?;
    account::enable(&mut by.tx, id).await?;
    let user = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(user)).await
}
