use store::db::clue;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::ClueOut;
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{Clues, FromQuery, NoFacts, Params, Permitted, QueryReader},
    openapi::{self, query},
};

/// Whose clues.
pub struct CluesQuery {
    member_id: i64,
    page: PageRequest,
}

impl IntoParams for CluesQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = vec![query("memberId", true, "Member.", openapi::id())];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for CluesQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let (member_id, page) = (query.required_id("memberId"), query.page());
        Some(Self { member_id: member_id?, page: page? })
    }
}

/// A member's retention clues, newest edit first.
///
/// Round trips, whatever the number of rows: 4 to the business database (BEGIN, caller, clues, COMMIT), none to the
/// warehouse.
#[utoipa::path(
    get, path = "/api/member-retention-clue", operation_id = "listClues", tag = "clues", params(CluesQuery),
    security(("token" = [])), responses((status = 200, body = Answer<Page<ClueOut>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 5, "memberId": 1000291, "category": "爱好", "summary": "喜欢斯诺克", "detail": null, "source": "manual",
            "recordedByName": "店长", "version": 1, "createdAt": "2026-11-20T03:00:00Z", "updatedAt": "2026-11-20T03:00:00Z"
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn list(
    Permitted { mut tx, .. }: Permitted<Clues, NoFacts>,
    Params(asked): Params<CluesQuery>,
) -> Result<Answer<Page<ClueOut>>, ApiError> {
    let ctx = tx.ctx;
    let (offset, limit) = (asked.page.offset(), asked.page.limit());
    let (clues, total) = clue::page(tx.connection(), &ctx, asked.member_id, offset, limit).await?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, asked.page.of(clues.into_iter().map(ClueOut::from).collect(), total)))
}
