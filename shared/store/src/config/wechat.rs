use std::time::Duration;

use super::{ConfigError, Secret, keys::Keys};

/// `[wechat]`
#[derive(Clone, Debug)]
pub struct Wechat {
    /// The mini-program; `None`: sign-in by WeChat is off.
    pub app: Option<App>,
    /// Where WeChat answers, without a slash at its end.
    pub base_url: String,
    /// What one request to it may take.
    pub timeout: Duration,
}

/// A mini-program as WeChat knows it.
#[derive(Clone, Debug)]
pub struct App {
    /// AppID.
    pub id: String,
    /// AppSecret.
    pub secret: Secret,
}

impl Wechat {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        let app = match (keys.text("wechat.app_id"), keys.secret("wechat.app_secret")?) {
            (Some(id), Some(secret)) => Some(App { id, secret }),
            (None, None) => None,
            (Some(_), None) => return Err(keys.invalid("wechat.app_id", "wechat.app_secret is not set")),
            (None, Some(_)) => {
                return Err(keys.invalid_secret("wechat.app_secret", "wechat.app_id is not set"));
            }
        };
        let base_url = keys.text("wechat.base_url").unwrap_or_default().trim_end_matches('/').to_owned();
        let host = base_url.strip_prefix("https://").or_else(|| base_url.strip_prefix("http://"));
        let Some(host) = host.filter(|host| !host.is_empty() && !host.contains(['?', '#', '@', ' '])) else {
            return Err(keys.invalid("wechat.base_url", "an http(s) URL is needed, without query and user"));
        };
        // Everything we send there carries the secret.
        let name = host.split('/').next().unwrap_or_default();
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        if !base_url.starts_with("https://") && !["127.0.0.1", "localhost", "[::1]"].contains(&name) {
            return Err(keys.invalid("wechat.base_url", "https is needed beyond loopback"));
        }
        let timeout = Duration::from_millis(keys.number("wechat.timeout_ms", 100..=10_000)?);
        Ok(Self { app, base_url, timeout })
    }
}
