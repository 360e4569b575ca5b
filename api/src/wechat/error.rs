use std::time::Duration;

use outbound::Failure;
use store::StoreError;

use crate::error::{ApiError, Kind};

/// What WeChat says instead of an answer, always with status 200.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("errcode {code}: {words}")]
pub struct Refusal {
    /// `errcode`; 0 when what came is not WeChat's.
    pub code: i64,
    /// `errmsg`.
    pub words: String,
}

/// Why WeChat was of no help.
#[derive(Debug, thiserror::Error)]
pub enum WechatError {
    /// `wechat.app_id` is not set.
    #[error("sign-in by WeChat is not configured (wechat.app_id)")]
    NotConfigured,
    /// It refused, or was busy too often.
    #[error("WeChat: {0}")]
    Refused(Refusal),
    /// It was not reached, or not in time.
    #[error("WeChat: {0}")]
    Unreachable(String),
    /// Too many of our own requests are on their way.
    #[error("too many requests to WeChat at once")]
    Crowded,
    /// The shared access token could not be read or kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Failure<Refusal>> for WechatError {
    fn from(failure: Failure<Refusal>) -> Self {
        match failure {
            Failure::Refused(why) | Failure::Busy(why) => Self::Refused(why),
            Failure::Unreachable(error) => {
                // The library's own words are "error sending request"; the reason is below.
                let mut why = error.to_string();
                let mut source = std::error::Error::source(&error);
                while let Some(error) = source {
                    why = format!("{why}: {error}");
                    source = error.source();
                }
                Self::Unreachable(why)
            }
            Failure::TimedOut | Failure::TooLong => Self::Unreachable(failure.to_string()),
        }
    }
}

impl WechatError {
    /// Whether the access token is what it did not like.
    pub(super) fn is_stale_token(&self) -> bool {
        matches!(self, Self::Refused(Refusal { code: 40001 | 40014 | 42001, .. }))
    }
}

impl From<WechatError> for ApiError {
    fn from(error: WechatError) -> Self {
        let kind = match error {
            WechatError::Store(error) => return error.into(),
            // WeChat counts by the minute.
            WechatError::Refused(Refusal { code: 45011, .. }) => {
                return Self::too_many(Duration::from_secs(60));
            }
            // 40163: a code that has been used, as newer versions of the platform say it.
            WechatError::Refused(Refusal { code: 40029 | 40163, .. }) => Kind::WechatCode,
            WechatError::Refused(Refusal { code: 40226, .. }) => Kind::WechatRisk,
            WechatError::Refused(Refusal { code: -1, .. }) | WechatError::Crowded => Kind::WechatBusy,
            WechatError::Refused(_) | WechatError::Unreachable(_) => Kind::WechatFailed,
            WechatError::NotConfigured => Kind::WechatOff,
        };
        Self::caused(kind, error)
    }
}
