//! Whose performance is shown.
use store::site_tx::Caller;
use warehouse::assistant::AssistantProfile;

use crate::error::{ApiError, Kind};

/// Oneself, unless a coach is named; another coach for holders of `pay.site`.
pub(super) fn whose(caller: &Caller, asked: Option<i64>) -> Result<i64, ApiError> {
    let site = caller.may("pay.site");
    match (asked, caller.assistant_id) {
        (Some(asked), own) if site || own == Some(asked) => Ok(asked),
        (Some(_), Some(_)) => Err(Kind::NotYours.into()),
        (None, Some(own)) => Ok(own),
        (None, None) if site => Err(ApiError::field("assistantId", "账号未绑定助教，须指明助教")),
        (_, None) => Err(Kind::NoCoach.into()),
    }
}

/// 404 for a coach whom the hall never had. Of oneself, and where the warehouse did not answer, the rest is shown.
pub(super) fn is_there(
    caller_is: Option<i64>,
    coach: i64,
    found: Option<&Option<AssistantProfile>>,
) -> Result<(), ApiError> {
    match found {
        Some(None) if caller_is != Some(coach) => Err(Kind::NotFound.into()),
        _ => Ok(()),
    }
}
