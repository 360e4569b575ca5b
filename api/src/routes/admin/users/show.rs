use super::user_out::{UserOut, now};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Administering, NoQuery, Params, PathId, Users},
};

/// A user.
///
/// Round trips, whatever the number of rows: 6 to the business database (BEGIN, caller, how many, user, roles,
/// COMMIT), none to the warehouse.
#[utoipa::path(
    get, path = "/api/admin/users/{id}", operation_id = "showUser", tag = "admin",
    responses((status = 200, body = Answer<UserOut>, example = json!({
        "code": 0,
        "data": {
            "id": 41, "username": null, "nickname": "小雨", "phone": "139****5678", "status": "approved",
            "hasWechat": true, "lastLoginAt": "2026-11-22T01:00:00Z", "createdAt": "2026-03-02T04:00:00Z",
            "places": [{ "siteId": 1, "siteName": "朗朗桌球朝阳店", "roles": ["coach"], "assistantId": 1011 }]
        },
        "message": "ok", "runtime": null
    })))
)]
pub async fn show(
    id: PathId,
    Administering { mut tx, .. }: Administering<Users>,
    _: Params<NoQuery>,
) -> Result<Answer<UserOut>, ApiError> {
    let user = now(&mut tx, id.get()?).await?;
    tx.commit().await?;
    Ok(Answer::siteless(user))
}
