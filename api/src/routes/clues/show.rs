use store::db::clue;

use super::ClueOut;
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{Clues, NoQuery, Params, PathId, Permitted},
};

/// One retention clue.
#[utoipa::path(
    get, path = "/api/member-retention-clue/{id}", operation_id = "showClue", tag = "clues",
    params(("id" = i64, Path, description = "Clue.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<ClueOut>))
)]
pub async fn show(
    Permitted { mut tx, .. }: Permitted<Clues>,
    id: PathId,
    _: Params<NoQuery>,
) -> Result<Answer<ClueOut>, ApiError> {
    let (id, ctx) = (id.get()?, tx.ctx);
    let row = clue::one(tx.connection(), &ctx, id).await?.ok_or(Kind::NotFound)?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, row.into()))
}
