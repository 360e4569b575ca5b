use domain::notes::{Content, NoteTarget, Rating};
use serde::Deserialize;
use store::{
    db::note::NewNote,
    operations::note::{self, Refused},
};
use utoipa::ToSchema;

use super::{note_out::NoteOut, reach};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError},
    extract::{MAX_ID, Notes, Permitted, PermittedBody, Written},
};

/// A note to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteBody {
    /// member or coach.
    #[schema(pattern = "^(member|coach)$")]
    target_type: String,
    /// customerId or assistantId.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    target_id: i64,
    /// 1–2000 characters after trimming.
    #[schema(min_length = 1)]
    content: String,
    /// The caller's task on this member that it is written for.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    task_id: Option<i64>,
    /// How willing the member was.
    #[schema(minimum = 1, maximum = 5)]
    rating_service_willingness: Option<i64>,
    /// How likely the member is to come back.
    #[schema(minimum = 1, maximum = 5)]
    rating_revisit_likelihood: Option<i64>,
    /// Overall.
    #[schema(minimum = 1, maximum = 5)]
    score: Option<i64>,
}

impl NoteBody {
    /// Every field checked, every refusal named.
    fn check(self) -> Result<NewNote, ApiError> {
        let mut errors = Vec::new();
        let mut refuse =
            |field: &str, reason: &dyn ToString| errors.push(FieldError::new(field, reason.to_string()));
        let target = NoteTarget::new(&self.target_type, self.target_id.clamp(1, MAX_ID));
        if target.is_none() {
            refuse("targetType", &"须为 member 或 coach");
        }
        if !(1..=MAX_ID).contains(&self.target_id) {
            refuse("targetId", &"须为正整数");
        }
        if self.task_id.is_some_and(|id| !(1..=MAX_ID).contains(&id)) {
            refuse("taskId", &"须为正整数");
        }
        let content = Content::new(&self.content).map_err(|e| refuse("content", &e)).ok();
        let mut rating = |field: &str, stars: Option<i64>| {
            stars.and_then(|stars| Rating::new(stars).map_err(|e| refuse(field, &e)).ok())
        };
        let rating_service_willingness = rating("ratingServiceWillingness", self.rating_service_willingness);
        let rating_revisit_likelihood = rating("ratingRevisitLikelihood", self.rating_revisit_likelihood);
        let score = rating("score", self.score);
        match (target, content) {
            (Some(target), Some(content)) if errors.is_empty() => Ok(NewNote {
                target,
                content,
                task_id: self.task_id,
                rating_service_willingness,
                rating_revisit_likelihood,
                score,
            }),
            _ => Err(ApiError::invalid(errors)),
        }
    }
}

/// Writes a note. Linked to a follow_up_visit task it is a follow-up, else normal.
#[utoipa::path(
    post, path = "/api/xcx/notes", operation_id = "createNote", tag = "notes", request_body = NoteBody,
    responses((status = 200, body = Answer<NoteOut>))
)]
pub async fn create(
    PermittedBody { mut by, body }: PermittedBody<Notes, NoteBody>,
) -> Result<Written<NoteOut>, ApiError> {
    let ctx = by.tx.ctx;
    let new = body.check()?;
    // A linked note answers for itself: the task must be the caller's own, and about this member.
    if new.task_id.is_none() {
        let Permitted { tx, warehouse, .. } = &mut *by;
        reach::check(tx, warehouse, new.target).await?;
        if reach::knows_by_role(&tx.caller, new.target) {
            reach::exists(tx, warehouse, new.target).await?;
        }
    }
    let note = note::create(&mut by.tx, &new).await.map_err(|refused| match refused {
        Refused::NoSuchTask => ApiError::field("taskId", "没有这个任务"),
        Refused::Link(why) => ApiError::field("taskId", why),
        Refused::Store(error) => error.into(),
    })?;
    by.finish(Answer::new(&ctx, note.into())).await
}
