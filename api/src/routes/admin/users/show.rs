use super::user_out::{UserOut, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, PathId, Users},
};

/// A user.
#[utoipa::path(
    get, path = "/api/admin/users/{id}", operation_id = "showUser", tag = "admin",
    responses((status = 200, body = Answer<UserOut>))
)]
pub async fn show(
    id: PathId,
    Administering { mut tx, .. }: Administering<Users>,
) -> Result<Answer<UserOut>, ApiError> {
    let user = now(&mut tx, id.get()?).await?;
    tx.commit().await?;
    Ok(Answer::siteless(user))
}
