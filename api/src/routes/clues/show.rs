use store::db::clue;

use super::ClueOut;
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{Clues, NoFacts, NoQuery, Params, PathId, Permitted},
};

/// One retention clue.
///
/// Round trips, whatever the number of rows: 4 to the business database (BEGIN, caller, clue, COMMIT), none to the
/// warehouse.
#[utoipa::path(
    get, path = "/api/member-retention-clue/{id}", operation_id = "showClue", tag = "clues",
    params(("id" = i64, Path, description = "Clue.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<ClueOut>, example = json!({
        "code": 0,
        "data": {
            "id": 5, "memberId": 1000291, "category": "爱好", "summary": "喜欢斯诺克", "detail": null, "source": "manual",
            "recordedByName": "店长", "version": 1, "createdAt": "2026-11-20T03:00:00Z", "updatedAt": "2026-11-20T03:00:00Z"
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn show(
    Permitted { mut tx, .. }: Permitted<Clues, NoFacts>,
    id: PathId,
    _: Params<NoQuery>,
) -> Result<Answer<ClueOut>, ApiError> {
    let (id, ctx) = (id.get()?, tx.ctx);
    let row = clue::one(tx.connection(), &ctx, id).await?.ok_or(Kind::NotFound)?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, row.into()))
}
