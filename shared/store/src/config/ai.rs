use std::time::Duration;

use super::{ConfigError, Secret, keys::Keys};

/// `[ai]`, where it is configured.
#[derive(Clone, Debug)]
pub struct Ai {
    /// Such as `https://api.example.com/v1`, without a slash at the end.
    pub base_url: String,
    /// `None`: the endpoint wants none.
    pub api_key: Option<Secret>,
    /// As the endpoint calls it.
    pub model: String,
    /// For one try.
    pub timeout: Duration,
}

impl Ai {
    /// `None` while `ai.base_url` is empty: off.
    pub(super) fn read(keys: &Keys) -> Result<Option<Self>, ConfigError> {
        let timeout = Duration::from_secs(keys.number("ai.timeout_seconds", 1..=300)?);
        let (api_key, model) = (keys.secret("ai.api_key")?, keys.text("ai.model"));
        let Some(base_url) = keys.text("ai.base_url") else {
            return match (api_key, model) {
                (None, None) => Ok(None),
                _ => Err(keys.invalid("ai.base_url", "needed with ai.api_key and ai.model; all empty = off")),
            };
        };
        let base_url = base_url.trim_end_matches('/').to_owned();
        let host = base_url.strip_prefix("https://").or_else(|| base_url.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', '@', ' '])) {
            return Err(keys.invalid("ai.base_url", "an http(s) URL is needed, without query and user"));
        }
        let model = model.ok_or_else(|| keys.invalid("ai.model", "needed with ai.base_url"))?;
        Ok(Some(Self { base_url, api_key, model, timeout }))
    }
}
