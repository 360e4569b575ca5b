use domain::accounts::entries;
use serde::Deserialize;
use store::{db::application, operations::account};
use utoipa::ToSchema;

use super::application_out::{ApplicationOut, now};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{AdministeringBody, Applications, PathId, Written},
};

/// Why an applicant is turned down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectBody {
    /// 1–500 characters, for the applicant to read.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Turns an applicant down. 409 if it is decided already.
#[utoipa::path(
    post, path = "/api/admin/applications/{id}/reject", operation_id = "rejectApplication", tag = "admin",
    request_body = RejectBody, responses((status = 200, body = Answer<ApplicationOut>))
)]
pub async fn reject(
    id: PathId,
    AdministeringBody { mut by, body }: AdministeringBody<Applications, RejectBody>,
) -> Result<Written<ApplicationOut>, ApiError> {
    let id = id.get()?;
    let reason = entries::reason(&body.reason).map_err(|why| ApiError::field("reason", why))?;
    let application = application::lock(by.tx.connection(), id).await?.ok_or(Kind::NotFound)?;
    account::reject(&mut by.tx, &application, &reason).await?;
    let answer = now(&mut by.tx, id).await?;
    by.finish(Answer::siteless(answer)).await
}
