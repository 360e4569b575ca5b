//! The shape of every failed answer, and the only mapping of errors to status codes.
use std::{error::Error as StdError, sync::Arc, time::Duration};

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;
use warehouse::WarehouseError;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $code:literal, $status:ident, $message:literal;)+) => {
        /// Kind of an error: a stable number, a status, and words fit to show to a coach. `docs/errors.md` lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])+ $kind,)+ }

        impl Kind {
            /// Every one, by number.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The `code` of the answer.
            pub fn code(self) -> u32 {
                match self { $(Self::$kind => $code,)+ }
            }

            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)+ }
            }

            /// The `message`, unless the error has better words.
            pub fn message(self) -> &'static str {
                match self { $(Self::$kind => $message,)+ }
            }
        }
    };
}

kinds! {
    /// Not HTTP, not JSON, or not a query string.
    Unparsable = 40001, BAD_REQUEST, "请求无法解析";
    /// No token, or one that we did not sign.
    NotSignedIn = 40101, UNAUTHORIZED, "请先登录";
    /// The token is past its time.
    TokenExpired = 40102, UNAUTHORIZED, "登录已过期，请重新登录";
    /// The user was disabled or signed out everywhere, or the site is gone.
    TokenRevoked = 40103, UNAUTHORIZED, "登录已失效，请重新登录";
    /// Whoever it was may not sign in; the answer is the same for users that do not exist.
    SignInRefused = 40104, UNAUTHORIZED, "账号不存在或不能登录";
    /// The code of `wx.login` or `getPhoneNumber` is wrong, used or past its time.
    WechatCode = 40105, UNAUTHORIZED, "微信凭证无效或已使用，请重试";
    /// The refresh token is unknown, ended, revoked, or was used before.
    RefreshRefused = 40106, UNAUTHORIZED, "登录已失效，请重新登录";
    /// The user's application is open or was rejected.
    NotApproved = 40301, FORBIDDEN, "账号尚未通过审核";
    /// The user lacks the permission at this site.
    NotPermitted = 40302, FORBIDDEN, "没有权限";
    /// The user coaches nobody, and this is about the caller as coach.
    NoCoach = 40303, FORBIDDEN, "账号未绑定助教";
    /// Another coach's task, customer or page.
    NotYours = 40304, FORBIDDEN, "只能查看自己的任务和客户";
    /// The token is for no site, and this is a site's.
    NoSite = 40305, FORBIDDEN, "请先选择门店";
    /// WeChat holds the user for a risk.
    WechatRisk = 40306, FORBIDDEN, "微信判定该账号存在风险，暂不能登录";
    /// No such path.
    NoRoute = 40401, NOT_FOUND, "接口不存在";
    /// No such row at this site.
    NotFound = 40402, NOT_FOUND, "内容不存在";
    /// The path has no such method.
    MethodNotAllowed = 40501, METHOD_NOT_ALLOWED, "请求方法不支持";
    /// The body took longer than `api.body_timeout_ms` to arrive.
    BodyTooSlow = 40801, REQUEST_TIMEOUT, "提交超时，请检查网络后重试";
    /// The row's state, or another row, stands against it.
    Conflict = 40901, CONFLICT, "内容已变化，请刷新后重试";
    /// Whoever looks at a past date changes nothing.
    InThePast = 40902, CONFLICT, "正在查看历史数据，不能修改";
    /// The body is longer than `api.body_limit_bytes`.
    BodyTooLarge = 41301, PAYLOAD_TOO_LARGE, "提交的内容过大";
    /// The body is not declared as `application/json`.
    NotJson = 41501, UNSUPPORTED_MEDIA_TYPE, "请以 application/json 提交";
    /// Fields of a wrong type, unknown, or of a value that is not accepted; `errors` names them.
    Invalid = 42201, UNPROCESSABLE_ENTITY, "提交的内容有误";
    /// The `Idempotency-Key` was used for another request within 24 hours.
    KeyReused = 42202, UNPROCESSABLE_ENTITY, "这个 Idempotency-Key 已用于另一次提交";
    /// Too often; `Retry-After` says when to try again.
    TooMany = 42901, TOO_MANY_REQUESTS, "操作过于频繁，请稍后再试";
    /// A mistake of ours.
    Internal = 50001, INTERNAL_SERVER_ERROR, "服务器内部错误，请稍后再试";
    /// WeChat answered with an error of its own, or not at all.
    WechatFailed = 50201, BAD_GATEWAY, "微信服务异常，请稍后再试";
    /// The business database does not answer.
    BusinessDown = 50301, SERVICE_UNAVAILABLE, "系统暂时不可用，请稍后再试";
    /// The warehouse does not answer, and this cannot do without it.
    WarehouseDown = 50302, SERVICE_UNAVAILABLE, "经营数据暂时不可用，请稍后再试";
    /// The request took longer than `api.request_timeout_ms`.
    TimedOut = 50303, SERVICE_UNAVAILABLE, "请求超时，请稍后再试";
    /// WeChat is busy, also after two more attempts.
    WechatBusy = 50304, SERVICE_UNAVAILABLE, "微信繁忙，请稍后再试";
    /// `wechat.app_id` is not set.
    WechatOff = 50305, SERVICE_UNAVAILABLE, "未开通微信登录，请联系管理员";
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path in the body, or name in the query string.
    field: String,
    /// What is wrong, and what is accepted.
    reason: String,
}

impl FieldError {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl ToString) -> Self {
        Self { field: field.into(), reason: reason.to_string() }
    }

    /// Path in the body, or name in the query string.
    pub fn field(&self) -> &str {
        &self.field
    }
}

/// An error on its way out; [`crate::observe`] gives it the request's id, writes it, and logs its cause.
#[derive(Clone, Debug)]
pub struct ApiError {
    kind: Kind,
    message: Option<String>,
    errors: Vec<FieldError>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
    retry_after: Option<Duration>,
}

impl ApiError {
    /// With other words than its kind's.
    pub fn saying(kind: Kind, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..kind.into() }
    }

    /// 422 that names fields.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Kind::Invalid.into() }
    }

    /// 422 about one field.
    pub fn field(field: &str, reason: impl ToString) -> Self {
        Self::invalid(vec![FieldError::new(field, reason)])
    }

    /// 429, and when to try again.
    pub fn too_many(retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Kind::TooMany.into() }
    }

    /// 503 that names what is missing.
    pub fn missing(kind: Kind, dependency: &str, reason: impl ToString) -> Self {
        Self { errors: vec![FieldError::new(dependency, reason)], ..kind.into() }
    }

    /// A mistake of ours, or of the databases: logged, never shown.
    pub fn caused(kind: Kind, cause: impl StdError + Send + Sync + 'static) -> Self {
        Self { cause: Some(Arc::new(cause)), ..kind.into() }
    }

    /// The failure of what a page cannot do without: 503 whatever the database said, since nothing else can be shown.
    pub fn core(error: StoreError) -> Self {
        Self::caused(Kind::BusinessDown, error)
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What led to it, outermost first, for the log.
    pub fn causes(&self) -> Option<String> {
        let mut cause: Option<&dyn StdError> = self.cause.as_ref().map(|c| c.as_ref() as &dyn StdError);
        let mut words = Vec::new();
        while let Some(error) = cause {
            words.push(error.to_string());
            cause = error.source();
        }
        (!words.is_empty()).then(|| words.join(": "))
    }

    /// The answer, under the request's id.
    pub fn render(self, request_id: &str) -> Response {
        let body = Failure {
            code: self.kind.code(),
            data: None,
            message: self.message.unwrap_or_else(|| self.kind.message().to_owned()),
            request_id: request_id.to_owned(),
            errors: (!self.errors.is_empty()).then_some(self.errors),
        };
        let mut answer = (self.kind.status(), Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            // Whole seconds, and never too few.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            answer.headers_mut().insert(RETRY_AFTER, seconds.max(1).into());
        }
        answer
    }
}

impl From<Kind> for ApiError {
    fn from(kind: Kind) -> Self {
        Self { kind, message: None, errors: Vec::new(), cause: None, retry_after: None }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound(_) => Kind::NotFound.into(),
            StoreError::Conflict(_) => Self::caused(Kind::Conflict, error),
            StoreError::NotAdmitted(_) => Self::caused(Kind::TokenRevoked, error),
            _ if error.is_transient() => Self::caused(Kind::BusinessDown, error),
            StoreError::FenceLost { .. } | StoreError::Unreadable { .. } | StoreError::Database(_) => {
                Self::caused(Kind::Internal, error)
            }
        }
    }
}

impl From<WarehouseError> for ApiError {
    fn from(error: WarehouseError) -> Self {
        Self::caused(Kind::WarehouseDown, error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// `{"code":40302,"data":null,"message":"没有权限","requestId":"…"}`, with `errors` where fields are to blame.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Stable number of the kind.
    code: u32,
    /// null.
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
    /// Chinese, fit to show.
    message: String,
    /// Of the log.
    request_id: String,
    /// The fields to blame (422), or the dependencies that are missing (`/readyz`).
    errors: Option<Vec<FieldError>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_status_and_two_digits_and_differ() {
        for pair in Kind::ALL.windows(2) {
            assert!(pair[0].code() < pair[1].code(), "{pair:?}");
        }
        for kind in Kind::ALL {
            assert_eq!(kind.code() / 100, u32::from(kind.status().as_u16()), "{kind:?}");
        }
    }

    #[test]
    fn the_manual_lists_every_kind() {
        let manual = include_str!("../../docs/errors.md");
        for kind in Kind::ALL {
            let row = format!("| {} | {} | {} |", kind.code(), kind.status().as_u16(), kind.message());
            assert!(manual.contains(&row), "docs/errors.md lacks the row {row}");
        }
    }
}
