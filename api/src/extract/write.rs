//! Writes: a caller's transaction that can end in one way only, and the mechanism of `Idempotency-Key` with it.
use std::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use axum::{
    Json,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use store::idempotency::{self, Claim, Key, WriteTx};

use super::{bearer, body::FromBody, params};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    limits,
    state::AppState,
    token::Identity,
};

/// In: 1–200 visible ASCII characters, chosen by the client for one write and sent again with every repetition of it.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Out: `true` on an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Who can write: an opened transaction and what belongs to it.
pub trait Caller: Sized + Send {
    /// Which transaction.
    type Tx: WriteTx;
    /// The parameter that opening it reads from the query string; a write takes no other.
    const HEARS: Option<&'static str> = None;
    /// Opens it for writing, if the caller may, for a request of this method and address.
    fn open(
        who: Identity,
        state: &AppState,
        line: (&Method, &Uri),
    ) -> impl Future<Output = Result<Self, ApiError>> + Send;
    /// The transaction.
    fn tx(&mut self) -> &mut Self::Tx;
    /// The transaction, to end it.
    fn into_tx(self) -> Self::Tx;
}

/// A write: the caller, and what they sent ([`super::NoBody`] if nothing is to be sent). Counted against the user's
/// limit first. The body is received before the transaction opens, so that a slow sender holds no connection; it is read
/// after, so that nobody learns from it what is not theirs to know.
pub struct Write<C, B> {
    /// The caller.
    pub by: Writing<C>,
    /// What was sent.
    pub body: B,
}

/// A caller in the middle of a write. Dropping it undoes everything; [`Writing::finish`] is the only way not to.
pub struct Writing<C> {
    caller: C,
    key: Option<(i64, Key)>,
}

impl<C> Deref for Writing<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.caller
    }
}

impl<C> DerefMut for Writing<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.caller
    }
}

/// The answer of a finished write, as it was kept.
#[derive(Debug)]
pub struct Written<T> {
    body: Value,
    of: PhantomData<T>,
}

impl<C: Caller> Writing<C> {
    /// Keeps the answer under the request's key, commits, and gives the answer.
    pub async fn finish<T: Serialize>(mut self, answer: Answer<T>) -> Result<Written<T>, ApiError> {
        let body = rendered(&answer)?;
        if let Some((user_id, key)) = &self.key {
            idempotency::keep(self.caller.tx().connection(), *user_id, key, &body).await?;
        }
        self.caller.into_tx().commit().await?;
        Ok(Written { body, of: PhantomData })
    }

    /// As [`Writing::finish`] for an answer with a secret, which is kept nowhere: sent again, the request is performed
    /// again.
    pub async fn finish_unkept<T: Serialize>(mut self, answer: Answer<T>) -> Result<Written<T>, ApiError> {
        let body = rendered(&answer)?;
        if let Some((user_id, key)) = &self.key {
            idempotency::release(self.caller.tx().connection(), *user_id, key).await?;
        }
        self.caller.into_tx().commit().await?;
        Ok(Written { body, of: PhantomData })
    }
}

/// By way of a value, so that the first answer and the kept one are written alike.
fn rendered<T: Serialize>(answer: &Answer<T>) -> Result<Value, ApiError> {
    serde_json::to_value(answer).map_err(|e| ApiError::caused(Kind::Internal, e))
}

impl<T> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        Json(self.body).into_response()
    }
}

/// Why a handler is not asked.
pub enum Stopped {
    /// The request is refused.
    Refused(ApiError),
    /// It was answered before.
    Answered(Value),
}

impl<E: Into<ApiError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl IntoResponse for Stopped {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Answered(body) => {
                ([(REPLAYED, HeaderValue::from_static("true"))], Json(body)).into_response()
            }
        }
    }
}

impl<C: Caller, B: FromBody> FromRequest<AppState> for Write<C, B> {
    type Rejection = Stopped;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Stopped> {
        let (parts, received) = request.into_parts();
        let who = bearer::identity(&parts, state)?;
        limits::write(state, who.user_id).await?;
        let key = key(&parts.headers)?;
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let bytes = B::receive(Request::from_parts(parts, received), state).await?;
        let mut caller = C::open(who, state, (&method, &uri)).await?;
        if let Some(key) = &key {
            let request = idempotency::Request {
                method: method.as_str(),
                path: uri.path(),
                query: uri.query().unwrap_or_default(),
                site: who.site.map(|site| site.0),
                body: &bytes,
            };
            match idempotency::claim(caller.tx().connection(), who.user_id, key, request).await? {
                Claim::First => {}
                Claim::Answered(answer) => return Err(Stopped::Answered(answer)),
                Claim::OtherRequest => return Err(Kind::KeyReused.into()),
            }
        }
        params::nothing_in(&uri, C::HEARS)?;
        let body = B::parse(&bytes)?;
        Ok(Self { by: Writing { caller, key: key.map(|key| (who.user_id, key)) }, body })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<Key>, ApiError> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    match (Key::new(first.as_bytes()), given.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(ApiError::field("Idempotency-Key", "须为 1 到 200 个可见的 ASCII 字符，且只能出现一次")),
    }
}
