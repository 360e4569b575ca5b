use std::time::Duration;

use super::{ConfigError, Secret, keys::Keys};

/// HS256 with less than its hash's length is guessable.
const SHORTEST: usize = 32;

/// `[auth]`
#[derive(Clone, Debug)]
pub struct Auth {
    current: Option<SigningKey>,
    previous: Option<SigningKey>,
    /// Life of an access token.
    pub access_ttl: Duration,
    /// Life of a refresh token, from its last rotation.
    pub refresh_ttl: Duration,
    /// Sign in without a password, and a business clock that may be moved: demo and tests only.
    pub dev_login: bool,
}

/// A secret and the name under which tokens refer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The token header's `kid`.
    pub id: String,
    /// HS256 key.
    pub secret: Secret,
}

impl Auth {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        let auth = Self {
            current: signing_key(keys, "auth.jwt_secret", "auth.jwt_key_id")?,
            previous: signing_key(keys, "auth.jwt_previous_secret", "auth.jwt_previous_key_id")?,
            access_ttl: Duration::from_secs(keys.number("auth.access_ttl_seconds", 60..=86_400)?),
            refresh_ttl: Duration::from_secs(86_400 * keys.number("auth.refresh_ttl_days", 1..=365)?),
            dev_login: keys.flag("auth.dev_login")?,
        };
        auth.validate(keys)?;
        Ok(auth)
    }

    fn validate(&self, keys: &Keys) -> Result<(), ConfigError> {
        match (&self.current, &self.previous) {
            (Some(current), Some(previous)) if current.id == previous.id => Err(keys.invalid(
                "auth.jwt_previous_key_id",
                "the same as auth.jwt_key_id: a token must say which secret signed it",
            )),
            _ => Ok(()),
        }
    }

    /// The key that signs; an error when none is set.
    pub fn signing_key(&self) -> Result<&SigningKey, ConfigError> {
        self.current.as_ref().ok_or(ConfigError::Missing {
            key: "auth.jwt_secret",
            why: "the api signs and checks access tokens with it",
        })
    }

    /// The key before the last rotation: its tokens are still taken.
    pub fn previous_key(&self) -> Option<&SigningKey> {
        self.previous.as_ref()
    }
}

fn signing_key(keys: &Keys, secret_key: &str, id_key: &str) -> Result<Option<SigningKey>, ConfigError> {
    let Some(secret) = keys.secret(secret_key)? else { return Ok(None) };
    if secret.expose().len() < SHORTEST {
        let problem = format!("{} bytes long; at least {SHORTEST} are needed", secret.expose().len());
        return Err(keys.invalid_secret(secret_key, problem));
    }
    let id = keys.text(id_key).ok_or_else(|| keys.invalid(id_key, format!("needed with {secret_key}")))?;
    Ok(Some(SigningKey { id, secret }))
}
