use serde::Deserialize;
use store::db::clue;
use utoipa::ToSchema;
use warehouse::member;

use super::{ClueOut, clue_out};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{Clues, MAX_ID, PermittedBody, Written},
};

/// A retention clue to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClueBody {
    /// Member.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    member_id: i64,
    /// Kind of clue, the site's own words: 1–50 characters in one line.
    #[schema(min_length = 1)]
    category: String,
    /// 1–200 characters in one line.
    #[schema(min_length = 1)]
    summary: String,
    /// Up to 2000 characters.
    detail: Option<String>,
}

/// Writes a retention clue on a member of the site.
#[utoipa::path(
    post, path = "/api/member-retention-clue", operation_id = "createClue", tag = "clues", request_body = ClueBody,
    security(("token" = [])), responses((status = 200, body = Answer<ClueOut>))
)]
pub async fn create(
    PermittedBody { mut by, body }: PermittedBody<Clues, ClueBody>,
) -> Result<Written<ClueOut>, ApiError> {
    let (ctx, user_id) = (by.tx.ctx, by.tx.caller.user_id);
    let fits = (1..=MAX_ID).contains(&body.member_id);
    let before = (!fits).then(|| FieldError::new("memberId", "须为正整数")).into_iter().collect();
    let words = clue_out::clue(before, &body.category, &body.summary, body.detail.as_deref())?;
    let mut facts = by.warehouse.begin().await?;
    let known = member::names(&mut facts, &ctx, &[body.member_id]).await?;
    facts.close().await?;
    if known.is_empty() {
        return Err(ApiError::field("memberId", "本店没有这位会员"));
    }
    let id = clue::insert(by.tx.connection(), &ctx, body.member_id, &words, user_id).await?;
    let row = clue::one(by.tx.connection(), &ctx, id).await?.ok_or(Kind::NotFound)?;
    by.finish(Answer::new(&ctx, row.into())).await
}
