use domain::accounts::entries;
use serde::Deserialize;
use store::{db::application, operations::account};
use utoipa::ToSchema;

use super::{
    super::coach,
    application_out::{ApplicationOut, now},
};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{AdministeringBody, Applications, MAX_ID, PathId, Written},
};

/// How an applicant is let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApproveBody {
    /// The coach of the site's warehouse that the applicant is: needed for coaches, welcome for managers.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    assistant_id: Option<i64>,
    /// Words for the applicant, up to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

impl ApproveBody {
    fn check(self) -> Result<(Option<i64>, Option<String>), ApiError> {
        let mut errors = Vec::new();
        if self.assistant_id.is_some_and(|id| !(1..=MAX_ID).contains(&id)) {
            errors.push(FieldError::new("assistantId", "须为正整数"));
        }
        match self.note.as_deref().map(entries::reason).transpose() {
            Ok(note) if errors.is_empty() => Ok((self.assistant_id, note)),
            checked => {
                errors.extend(checked.err().map(|why| FieldError::new("note", why)));
                Err(ApiError::invalid(errors))
            }
        }
    }
}

/// Lets an applicant in: the role at the site, bound to a coach of its warehouse, whose name they take if they have none. 409 if it is decided already, or the
/// coach is somebody else; 422 if there is no such coach or they have resigned.
#[utoipa::path(
    post, path = "/api/admin/applications/{id}/approve", operation_id = "approveApplication", tag = "admin",
    request_body = ApproveBody, responses((status = 200, body = Answer<ApplicationOut>))
)]
pub async fn approve(
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Applications, ApproveBody>,
) -> Result<Written<ApplicationOut>, ApiError> {
    let id = id.get()?;
    let (assistant_id, note) = body.check()?;
    let application = application::lock(by.tx.connection(), id).await?.ok_or(Kind::NotFound)?;
    let coach = match assistant_id {
        Some(assistant_id) => Some(coach::find(&mut by, application.site, assistant_id).await?),
        None => None,
    };
    account::approve(&mut by.tx, &application, coach.as_ref(), note.as_deref()).await?;
    let answer = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(answer)).await
}
