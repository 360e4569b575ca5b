//! What every request shares.
use std::{sync::Arc, time::Duration};

use chrono_tz::Tz;
use ipnet::IpNet;
use store::config::{Config, Limits};
use warehouse::Warehouse;

use crate::{
    extract::{Door, Readings},
    password::Passwords,
    token::Tokens,
    wechat::{Wechat, WechatError},
};

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The fields of [`AppState`].
pub struct Shared {
    /// The way to both databases; only extractors can open it.
    pub door: Door,
    /// Pages that are being read for several at once.
    pub readings: Readings,
    /// Signs and checks access tokens.
    pub tokens: Tokens,
    /// Checks passwords.
    pub passwords: Passwords,
    /// Life of a refresh token.
    pub refresh_ttl: Duration,
    wechat: Option<Wechat>,
    /// What one module of a page may take.
    pub module_timeout: Duration,
    /// What a request may take.
    pub request_timeout: Duration,
    /// What a body may take to arrive.
    pub body_timeout: Duration,
    /// Largest body, bytes.
    pub body_limit: usize,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Days in what belongs to no site.
    pub zone: Tz,
    /// How often is too often.
    pub limits: Limits,
    /// Whether `dev-login` is there.
    pub dev_login: bool,
    /// Whether `/docs` and `/openapi.json` are there.
    pub serves_docs: bool,
}

impl AppState {
    /// Over these databases; `None` = no warehouse is configured, pages go without its parts.
    pub fn new(
        config: &Config,
        biz: store::connect::PgPool,
        warehouse: Option<Warehouse>,
    ) -> anyhow::Result<Self> {
        let wechat = Wechat::new(config, biz.clone())?;
        Ok(Self(Arc::new(Shared {
            passwords: Passwords::default(),
            refresh_ttl: config.auth.refresh_ttl,
            wechat,
            door: Door::new(biz, warehouse, config.api.module_timeout),
            readings: Readings::default(),
            tokens: Tokens::new(&config.auth)?,
            module_timeout: config.api.module_timeout,
            request_timeout: config.api.request_timeout,
            body_timeout: config.api.body_timeout,
            body_limit: config.api.body_limit_bytes,
            trusted_proxies: config.api.trusted_proxies.as_slice().into(),
            zone: config.clock.timezone,
            limits: config.limits,
            dev_login: config.auth.dev_login,
            serves_docs: config.api.serves_docs(),
        })))
    }
}

impl Shared {
    /// WeChat, where it is configured.
    pub fn wechat(&self) -> Result<&Wechat, WechatError> {
        self.wechat.as_ref().ok_or(WechatError::NotConfigured)
    }
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
