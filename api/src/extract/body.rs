use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{
    error::{ApiError, Kind},
    state::AppState,
};

/// A JSON body of an unauthenticated route; everywhere else see [`super::PermittedBody`].
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        parse(&read(request, state).await?).map(Self)
    }
}

/// The bytes of a body declared as JSON, up to the configured limit.
pub(super) async fn read(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
    if !declares_json(request.headers()) {
        return Err(Kind::NotJson.into());
    }
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Kind::BodyTooLarge.into(),
        _ => Kind::Unparsable.into(),
    })
}

fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// 400 for what is not JSON, 422 with the field for what does not fit.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // First whether it is JSON at all: else the first wrong field would hide that.
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|_| ApiError::from(Kind::Unparsable))?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let said = error.inner().to_string();
        // serde_json ends with the position, which says less than the field.
        let reason = said.split(" at line ").next().unwrap_or(&said);
        ApiError::field(if path == "." { "body" } else { &path }, reason)
    })
}
