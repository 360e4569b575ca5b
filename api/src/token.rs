//! Access tokens: JWT, HS256, with the key's name in the header.
//!
//! Claims: `sub` user id (a string, as the standard has it), `site` site id (absent until one is chosen), `ver` the user's `token_version`, `iat`,
//! `exp`. A token proves who asks and for which site; what they may do there is read from the database each time.
use std::{collections::HashMap, time::Duration};

use domain::SiteId;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    errors::ErrorKind, get_current_timestamp,
};
use serde::{Deserialize, Serialize};
use store::config::{Auth, ConfigError};

use crate::error::Kind;

/// Clocks of two machines may differ by this many seconds.
const LEEWAY: u64 = 5;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// User id.
    pub sub: String,
    /// Site id; absent: none chosen yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
    /// `auth.users.token_version` when it was signed.
    pub ver: i32,
    /// Signed, seconds since 1970.
    pub iat: u64,
    /// Ends, seconds since 1970.
    pub exp: u64,
}

/// Who asks, and for which site if any, by a token that we signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `auth.users.id`.
    pub user_id: i64,
    /// The tenant; `None`: no site is chosen yet.
    pub site: Option<SiteId>,
    /// To be compared with the user's.
    pub token_version: i32,
}

/// Signs and checks tokens.
pub struct Tokens {
    header: Header,
    signing: EncodingKey,
    checking: HashMap<String, DecodingKey>,
    validation: Validation,
    ttl: Duration,
}

impl Tokens {
    /// With the configured key, and the one before the last rotation; an error when no secret is set.
    pub fn new(auth: &Auth) -> Result<Self, ConfigError> {
        let current = auth.signing_key()?;
        let keys = [Some(current), auth.previous_key()].into_iter().flatten();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Ok(Self {
            header: Header { kid: Some(current.id.clone()), ..Header::new(Algorithm::HS256) },
            signing: EncodingKey::from_secret(current.secret.expose().as_bytes()),
            checking: keys
                .map(|key| (key.id.clone(), DecodingKey::from_secret(key.secret.expose().as_bytes())))
                .collect(),
            validation,
            ttl: auth.access_ttl,
        })
    }

    /// Life of a token, unless another is asked for.
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// A token that ends after `life`.
    pub fn sign(&self, identity: Identity, life: Duration) -> Result<String, jsonwebtoken::errors::Error> {
        let iat = get_current_timestamp();
        let claims = Claims {
            sub: identity.user_id.to_string(),
            site: identity.site.map(|site| site.0),
            ver: identity.token_version,
            iat,
            exp: iat + life.as_secs(),
        };
        encode(&self.header, &claims, &self.signing)
    }

    /// Who a token speaks for. The header may choose among our keys, never the algorithm.
    pub fn check(&self, token: &str) -> Result<Identity, Kind> {
        let key_id = decode_header(token).map_err(|_| Kind::NotSignedIn)?.kid.ok_or(Kind::NotSignedIn)?;
        let key = self.checking.get(&key_id).ok_or(Kind::NotSignedIn)?;
        let claims = decode::<Claims>(token, key, &self.validation)
            .map_err(|e| match e.kind() {
                ErrorKind::ExpiredSignature => Kind::TokenExpired,
                _ => Kind::NotSignedIn,
            })?
            .claims;
        Ok(Identity {
            user_id: claims.sub.parse().map_err(|_| Kind::NotSignedIn)?,
            site: claims.site.map(SiteId),
            token_version: claims.ver,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use store::config::Config;

    use super::*;

    fn tokens(keys: &[(&str, &str)]) -> Tokens {
        let environment: HashMap<String, String> =
            keys.iter().map(|(k, v)| (format!("ZQYY__AUTH__{k}"), (*v).to_owned())).collect();
        Tokens::new(&Config::load_with(None, environment).unwrap().auth).unwrap()
    }

    const OLD: &str = "an old secret of more than 32 bytes";
    const NEW: &str = "a new secret that is as long as that";
    const WHO: Identity = Identity { user_id: 7, site: Some(SiteId(42)), token_version: 3 };

    #[test]
    fn a_signed_token_speaks_for_its_user_and_site() {
        let tokens = tokens(&[("JWT_SECRET", OLD)]);
        for who in [WHO, Identity { site: None, ..WHO }] {
            let token = tokens.sign(who, tokens.ttl()).unwrap();
            assert_eq!(tokens.check(&token), Ok(who));
        }
    }

    #[test]
    fn a_rotated_secret_still_checks_and_a_forgotten_one_does_not() {
        let token = tokens(&[("JWT_SECRET", OLD)]).sign(WHO, Duration::from_secs(60)).unwrap();
        let rotated = [
            ("JWT_SECRET", NEW),
            ("JWT_KEY_ID", "2"),
            ("JWT_PREVIOUS_SECRET", OLD),
            ("JWT_PREVIOUS_KEY_ID", "1"),
        ];
        assert_eq!(tokens(&rotated).check(&token), Ok(WHO));
        assert_eq!(tokens(&rotated[..2]).check(&token), Err(Kind::NotSignedIn));
    }

    #[test]
    fn a_changed_claim_or_another_secret_is_refused() {
        let ours = tokens(&[("JWT_SECRET", OLD)]);
        let forged = tokens(&[("JWT_SECRET", NEW)]).sign(WHO, Duration::from_secs(60)).unwrap();
        assert_eq!(ours.check(&forged), Err(Kind::NotSignedIn));
        let one = ours.sign(WHO, Duration::from_secs(60)).unwrap();
        let other = ours.sign(Identity { site: Some(SiteId(43)), ..WHO }, Duration::from_secs(60)).unwrap();
        let [head, _, signature] = one.split('.').collect::<Vec<_>>()[..] else {
            panic!("a JWT has three parts")
        };
        let swapped = format!("{head}.{}.{signature}", other.split('.').nth(1).unwrap());
        assert_eq!(ours.check(&swapped), Err(Kind::NotSignedIn));
        assert_eq!(ours.check("not.a.token"), Err(Kind::NotSignedIn));
    }
}
