use super::{ConfigError, keys::Keys};
use crate::limits::Limit;

/// `[limits]`
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Writes of one user.
    pub writes: Limit,
    /// Sign-ins with one account's name or code.
    pub logins: Limit,
    /// Searches for customers by one user.
    pub searches: Limit,
    /// Phone numbers shown to one user.
    pub reveals: Limit,
}

impl Limits {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        let limit = |key| keys.parse(key, "COUNT/SECONDS such as 60/60");
        Ok(Self {
            writes: limit("limits.writes_per_user")?,
            logins: limit("limits.logins_per_account")?,
            searches: limit("limits.searches_per_user")?,
            reveals: limit("limits.reveals_per_user")?,
        })
    }
}
