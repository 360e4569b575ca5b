use domain::notes::NoteTarget;
use store::db::note;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::{note_out::NoteOut, reach};
use crate::{
    answer::{Answer, Page, PageRequest},
    error::ApiError,
    extract::{FromQuery, NoFacts, Notes, Params, Permitted, QueryReader},
    openapi::{self, query},
};

/// Whose notes.
pub struct NotesQuery {
    target: NoteTarget,
    page: PageRequest,
}

impl IntoParams for NotesQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = vec![
            query("targetType", true, "What the notes are about.", openapi::one_of(["member", "coach"])),
            query("targetId", true, "customerId or assistantId.", openapi::id()),
        ];
        params.extend(openapi::page());
        params
    }
}

impl FromQuery for NotesQuery {
    fn read(query: &mut QueryReader) -> Option<Self> {
        let target_type = query.required::<String>("targetType", "member 或 coach");
        let (target_id, page) = (query.required_id("targetId"), query.page());
        let target = NoteTarget::new(&target_type?, target_id?);
        if target.is_none() {
            query.refuse("targetType", "须为 member 或 coach");
        }
        Some(Self { target: target?, page: page? })
    }
}

/// The notes on a member or a coach, newest first. Every coach paired with a member sees all of the member's.
///
/// Round trips, whatever the number of rows: 5 to the business database (BEGIN, caller, a coach's task, notes,
/// COMMIT), none to the warehouse (4 where a coach has no task for the member).
#[utoipa::path(
    get, path = "/api/xcx/notes", operation_id = "listNotes", tag = "notes", params(NotesQuery),
    responses((status = 200, body = Answer<Page<NoteOut>>, example = json!({
        "code": 0,
        "data": { "list": [{
            "id": 88, "type": "follow_up", "content": "约好周五来打球", "ratingServiceWillingness": 4,
            "ratingRevisitLikelihood": 5, "score": null, "aiScore": 8.0, "aiAnalysis": "意向明确", "authorName": "小雨",
            "createdAt": "2026-11-21T14:00:00Z", "removed": false
        }], "total": 1, "page": 1, "pageSize": 20, "hasMore": false },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn list(
    Permitted { mut tx, warehouse, .. }: Permitted<Notes, NoFacts>,
    Params(asked): Params<NotesQuery>,
) -> Result<Answer<Page<NoteOut>>, ApiError> {
    let ctx = tx.ctx;
    reach::check(&mut tx, &warehouse, asked.target).await?;
    let (offset, limit) = (asked.page.offset(), asked.page.limit());
    let (notes, total) = note::page(tx.connection(), &ctx, asked.target, offset, limit).await?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, asked.page.of(notes.into_iter().map(NoteOut::from).collect(), total)))
}
