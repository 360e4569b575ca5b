use serde::Deserialize;
use store::{StoreError, db::clue, operations::clue as operations};
use utoipa::ToSchema;

use super::{ClueOut, clue_out};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{Clues, PathId, PermittedBody, Written},
};

/// What a retention clue is to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClueEditBody {
    /// The version that the edit was made on.
    #[schema(minimum = 1)]
    version: i32,
    /// Kind of clue, the site's own words: 1–50 characters in one line.
    #[schema(min_length = 1)]
    category: String,
    /// 1–200 characters in one line.
    #[schema(min_length = 1)]
    summary: String,
    /// Up to 2000 characters.
    detail: Option<String>,
}

/// Replaces a retention clue; 409 if somebody has edited it since that version. What it said before stays on record.
#[utoipa::path(
    put, path = "/api/member-retention-clue/{id}", operation_id = "editClue", tag = "clues",
    params(("id" = i64, Path, description = "Clue.", minimum = 1, maximum = 9007199254740991i64)),
    request_body = ClueEditBody, security(("token" = [])), responses((status = 200, body = Answer<ClueOut>))
)]
pub async fn edit(
    id: PathId,
    PermittedBody { mut by, body }: PermittedBody<Clues, ClueEditBody>,
) -> Result<Written<ClueOut>, ApiError> {
    let (id, ctx) = (id.get()?, by.tx.ctx);
    let before = (body.version < 1).then(|| FieldError::new("version", "须为正整数")).into_iter().collect();
    let words = clue_out::clue(before, &body.category, &body.summary, body.detail.as_deref())?;
    operations::edit(&mut by.tx, id, body.version, &words).await.map_err(|error| match error {
        StoreError::Conflict(_) => ApiError::saying(Kind::Conflict, "线索已被修改，请刷新后重试"),
        error => error.into(),
    })?;
    let row = clue::one(by.tx.connection(), &ctx, id).await?.ok_or(Kind::NotFound)?;
    by.finish(Answer::new(&ctx, row.into())).await
}
