use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use ipnet::IpNet;

use super::{ConfigError, keys::Keys};

/// `[api]`
#[derive(Clone, Debug)]
pub struct Api {
    /// Where requests are answered.
    pub listen: SocketAddr,
    /// Where `/metrics` is answered.
    pub metrics_listen: SocketAddr,
    /// Where the queue's board is answered, if `database.board_url` is set.
    pub board_listen: SocketAddr,
    /// Whether `/docs` and `/openapi.json` are served.
    pub docs: Docs,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Largest request body, bytes.
    pub body_limit_bytes: usize,
    /// A body that takes longer to arrive is answered 408.
    pub body_timeout: Duration,
    /// A request that takes longer is answered 503.
    pub request_timeout: Duration,
    /// What one module of a page may take in the database.
    pub module_timeout: Duration,
    /// How long open requests may finish after SIGTERM.
    pub drain: Duration,
}

/// Who may read `/docs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Docs {
    /// Served.
    On,
    /// Not served.
    Off,
    /// Served while `api.listen` is loopback.
    Auto,
}

impl Api {
    pub(super) fn read(keys: &Keys) -> Result<Self, ConfigError> {
        let api = Self {
            listen: keys.parse("api.listen", "an address such as 127.0.0.1:8080")?,
            metrics_listen: keys.parse("api.metrics_listen", "an address such as 127.0.0.1:9090")?,
            board_listen: keys.parse("api.board_listen", "an address such as 127.0.0.1:8081")?,
            docs: keys.word("api.docs", &[("auto", Docs::Auto), ("on", Docs::On), ("off", Docs::Off)])?,
            trusted_proxies: networks(keys, "api.trusted_proxies")?,
            body_limit_bytes: keys.number("api.body_limit_bytes", 1024..=10_485_760)?,
            body_timeout: Duration::from_millis(keys.number("api.body_timeout_ms", 50..=60_000)?),
            request_timeout: Duration::from_millis(keys.number("api.request_timeout_ms", 100..=120_000)?),
            module_timeout: Duration::from_millis(keys.number("api.module_timeout_ms", 10..=60_000)?),
            drain: Duration::from_secs(keys.number("api.drain_seconds", 0..=300)?),
        };
        api.validate(keys)?;
        Ok(api)
    }

    fn validate(&self, keys: &Keys) -> Result<(), ConfigError> {
        if self.listen == self.metrics_listen && self.listen.port() != 0 {
            return Err(keys.invalid("api.metrics_listen", "the same address as api.listen"));
        }
        if self.module_timeout >= self.request_timeout {
            return Err(keys.invalid("api.module_timeout_ms", "must be below api.request_timeout_ms"));
        }
        Ok(())
    }

    /// Whether `/docs` and `/openapi.json` are served.
    pub fn serves_docs(&self) -> bool {
        match self.docs {
            Docs::On => true,
            Docs::Off => false,
            Docs::Auto => self.listen.ip().is_loopback(),
        }
    }
}

/// Networks with commas between; a bare address is a network of one.
fn networks(keys: &Keys, key: &str) -> Result<Vec<IpNet>, ConfigError> {
    let text = keys.text(key).unwrap_or_default();
    let networks = text.split(',').map(str::trim).filter(|network| !network.is_empty()).map(|network| {
        network.parse().or_else(|_| network.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
            keys.invalid(key, format!("{network:?} is no network; some such as 10.0.0.0/8, ::1 are needed"))
        })
    });
    networks.collect()
}
