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
    extract::{FromQuery, Notes, Params, Permitted, QueryReader},
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
#[utoipa::path(
    get, path = "/api/xcx/notes", operation_id = "listNotes", tag = "notes", params(NotesQuery),
    responses((status = 200, body = Answer<Page<NoteOut>>))
)]
pub async fn list(
    Permitted { mut tx, warehouse, .. }: Permitted<Notes>,
    Params(asked): Params<NotesQuery>,
) -> Result<Answer<Page<NoteOut>>, ApiError> {
    let ctx = tx.ctx;
    reach::check(&mut tx, &warehouse, asked.target).await?;
    let (offset, limit) = (asked.page.offset(), asked.page.limit());
    let (notes, total) = note::page(tx.connection(), &ctx, asked.target, offset, limit).await?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, asked.page.of(notes.into_iter().map(NoteOut::from).collect(), total)))
}
