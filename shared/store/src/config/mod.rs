//! Configuration: embedded defaults → `--config` file → environment `ZQYY__SECTION__KEY`.
//!
//! [`DEFAULTS`] is the reference of every key. Loading checks everything that is given; what only one program needs
//! (a database URL, the signing secret) is demanded by the accessor that hands it out. Every error names key, value
//! (never a secret's) and source.

mod ai;
mod api;
mod auth;
mod clock;
mod database;
mod keys;
mod limits;
mod log;
mod secret;
mod wechat;
mod worker;

use std::{collections::HashMap, net::SocketAddr, path::Path};

pub use ai::Ai;
pub use api::{Api, Docs};
pub use auth::{Auth, SigningKey};
pub use clock::Clock;
pub use database::{Database, Url};
pub use keys::ConfigError;
use keys::Keys;
pub use limits::Limits;
pub use log::{Format, Log};
pub use secret::Secret;
pub use wechat::{App, Wechat};
pub use worker::Worker;

/// The commented default file.
pub const DEFAULTS: &str = include_str!("default.toml");

/// Everything that api and worker can be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[database]`
    pub database: Database,
    /// `[api]`
    pub api: Api,
    /// `[auth]`
    pub auth: Auth,
    /// `[limits]`
    pub limits: Limits,
    /// `[wechat]`
    pub wechat: Wechat,
    /// `[ai]`; `None` = off.
    pub ai: Option<Ai>,
    /// `[worker]`
    pub worker: Worker,
    /// `[clock]`
    pub clock: Clock,
    /// `[log]`
    pub log: Log,
}

impl Config {
    /// Reads the file (if one is given) and the process environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::from_keys(&Keys::read(file, None)?)
    }

    /// As [`Config::load`], with `environment` in place of the process's.
    pub fn load_with(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self, ConfigError> {
        Self::from_keys(&Keys::read(file, Some(environment))?)
    }

    fn from_keys(keys: &Keys) -> Result<Self, ConfigError> {
        let config = Self {
            database: Database::read(keys)?,
            api: Api::read(keys)?,
            auth: Auth::read(keys)?,
            limits: Limits::read(keys)?,
            wechat: Wechat::read(keys)?,
            ai: Ai::read(keys)?,
            worker: Worker::read(keys)?,
            clock: Clock::read(keys)?,
            log: Log::read(keys)?,
        };
        config.validate(keys)?;
        Ok(config)
    }

    /// What spans sections: whoever may sign in without a password must sit at this machine.
    fn validate(&self, keys: &Keys) -> Result<(), ConfigError> {
        let listeners: [(&str, SocketAddr); 4] = [
            ("api.listen", self.api.listen),
            ("api.metrics_listen", self.api.metrics_listen),
            ("api.board_listen", self.api.board_listen),
            ("worker.metrics_listen", self.worker.metrics_listen),
        ];
        match listeners.into_iter().find(|(_, address)| self.auth.dev_login && !address.ip().is_loopback()) {
            Some((key, address)) => Err(keys.invalid(
                "auth.dev_login",
                format!("sign-in without a password is for loopback only, and {key} is {address}"),
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
