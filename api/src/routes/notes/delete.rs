use serde::Serialize;
use store::operations::note::{Kept, delete as take_back};
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{NoBody, Notes, PathId, PermittedBody, Written},
};

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedNote {
    /// The note that is no more.
    id: i64,
}

/// Deletes a note of one's own for good; who did it and when stays on record, what it said does not.
#[utoipa::path(
    delete, path = "/api/xcx/notes/{id}", operation_id = "deleteNote", tag = "notes",
    params(("id" = i64, Path, description = "Note.", minimum = 1, maximum = 9007199254740991i64)),
    security(("token" = [])), responses((status = 200, body = Answer<DeletedNote>))
)]
pub async fn delete(
    id: PathId,
    PermittedBody { mut by, body: NoBody }: PermittedBody<Notes, NoBody>,
) -> Result<Written<DeletedNote>, ApiError> {
    let (id, ctx) = (id.get()?, by.tx.ctx);
    take_back(&mut by.tx, id).await.map_err(|kept| match kept {
        Kept::NoSuchNote => Kind::NotFound.into(),
        Kept::NotTheAuthor => ApiError::saying(Kind::NotYours, "只能删除自己写的备注"),
        Kept::Store(error) => error.into(),
    })?;
    by.finish(Answer::new(&ctx, DeletedNote { id })).await
}
