use tracing_subscriber::EnvFilter;

use super::{ConfigError, keys::Keys};

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// How lines look.
    pub format: Format,
    /// `tracing_subscriber` filter directives, known to parse.
    pub filter: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

impl Log {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        let log = Self {
            format: keys.word("log.format", &[("json", Format::Json), ("pretty", Format::Pretty)])?,
            filter: keys.parse("log.filter", "a filter such as info,sqlx=warn")?,
        };
        log.validate(keys)?;
        Ok(log)
    }

    fn validate(&self, keys: &Keys) -> Result<(), ConfigError> {
        EnvFilter::try_new(&self.filter).map(drop).map_err(|e| keys.invalid("log.filter", e))
    }
}
