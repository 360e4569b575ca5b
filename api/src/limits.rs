//! Rate limits, shared with the other api processes: 429 with `Retry-After`.
use store::limits::{Bucket, Limit, Taken};

use crate::{error::ApiError, state::AppState};

/// Takes one from the bucket; 429 when there is none. It counts at once, whatever becomes of the request.
pub async fn spend(state: &AppState, bucket: &Bucket, limit: Limit) -> Result<(), ApiError> {
    match state.door.take(bucket, limit).await? {
        Taken::Allowed => Ok(()),
        Taken::Denied { retry_after } => {
            metrics::counter!("http_limited_total", "limit" => bucket.what().to_owned()).increment(1);
            Err(ApiError::too_many(retry_after))
        }
    }
}

/// One write of a user.
pub async fn write(state: &AppState, user_id: i64) -> Result<(), ApiError> {
    spend(state, &Bucket::of_user("write", user_id), state.limits.writes).await
}
