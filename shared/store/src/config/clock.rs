use chrono_tz::Tz;

use super::{ConfigError, keys::Keys};

/// `[clock]`
#[derive(Clone, Debug)]
pub struct Clock {
    /// Zone of jobs that name none.
    pub timezone: Tz,
}

impl Clock {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        Ok(Self { timezone: keys.parse("clock.timezone", "an IANA name such as Asia/Shanghai")? })
    }
}
