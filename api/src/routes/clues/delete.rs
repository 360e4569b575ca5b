use serde::Serialize;
use store::operations::clue as operations;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    error::ApiError,
    extract::{Clues, NoBody, PathId, PermittedBody, Written},
};

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedClue {
    /// The clue that is no more.
    id: i64,
}

/// Deletes a retention clue; what it said, and who deleted it, stay on record.
#[utoipa::path(
    delete, path = "/api/member-retention-clue/{id}", operation_id = "deleteClue", tag = "clues",
    params(("id" = i64, Path, description = "Clue.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<DeletedClue>))
)]
pub async fn delete(
    id: PathId,
    PermittedBody { mut by, body: NoBody }: PermittedBody<Clues, NoBody>,
) -> Result<Written<DeletedClue>, ApiError> {
    let (id, ctx) = (id.get()?, by.tx.ctx);
    operations::delete(&mut by.tx, id).await?;
    by.finish(Answer::new(&ctx, DeletedClue { id })).await
}
