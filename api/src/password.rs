//! Passwords: argon2id, away from the threads that answer requests.
use std::{sync::Arc, time::Duration};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::error::{ApiError, Kind};

/// So many at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Whoever waits longer is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// Held against the passwords of users who do not exist, so that they take as long. It fits no password: nobody knows one
/// whose hash is all zeros. The costs are those of [`hash`].
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why no hash was made.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
pub struct HashError(String);

/// The PHC string that is stored.
pub fn hash(password: &str) -> Result<String, HashError> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|e| HashError(e.to_string()))
}

/// Checks passwords, few at a time.
pub struct Passwords {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), patience: PATIENCE }
    }
}

impl Passwords {
    /// Whether the password is the one of that hash; never, and just as slowly, without one.
    ///
    /// # Errors
    /// 503 when too many are being checked.
    pub async fn fits(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let waited = tokio::time::timeout(self.patience, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = waited else { return Err(Kind::TimedOut.into()) };
        let checked = tokio::task::spawn_blocking(move || {
            let _place = place;
            let known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(NOBODY);
            Argon2::default().verify_password(password.as_bytes(), hash).is_ok() && known
        });
        checked.await.map_err(|e| ApiError::caused(Kind::Internal, e))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let passwords = Passwords::default();
        let stored = hash("a good long password").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(stored, hash("a good long password").unwrap());
        assert!(passwords.fits("a good long password".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.fits("another password".into(), Some(stored)).await.unwrap());
        assert!(!passwords.fits("anything".into(), Some("not a hash".into())).await.unwrap());
        assert!(!passwords.fits(String::new(), None).await.unwrap());
    }

    /// Whoever asks with a flood of passwords takes two cores and 38 MiB, and no thread that answers requests.
    #[tokio::test]
    async fn no_more_than_two_are_checked_at_once_and_who_waits_too_long_is_told() {
        let passwords = Passwords { patience: Duration::from_millis(50), ..Passwords::default() };
        let held =
            passwords.places.clone().acquire_many_owned(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        let refused = passwords.fits("anything".into(), None).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::TimedOut);
        drop(held);
        assert!(!passwords.fits("anything".into(), None).await.unwrap());
        assert_eq!(passwords.places.available_permits(), AT_ONCE, "a place is given back");
    }

    #[tokio::test]
    async fn somebody_who_does_not_exist_takes_as_long() {
        let passwords = Passwords::default();
        let stored = hash("a good long password").unwrap();
        let took = async |hash: Option<String>| {
            let began = Instant::now();
            assert!(!passwords.fits("wrong".into(), hash).await.unwrap());
            began.elapsed()
        };
        let quickest = async |hash: Option<String>| {
            let mut times = Vec::new();
            for _ in 0..5 {
                times.push(took(hash.clone()).await);
            }
            times.into_iter().min().unwrap()
        };
        let (known, unknown) = (quickest(Some(stored)).await, quickest(None).await);
        // A machine under load may slow either; the work skipped altogether would be a hundredfold.
        assert!(unknown * 4 > known && known * 4 > unknown, "{known:?} for a user, {unknown:?} for nobody");
    }
}
