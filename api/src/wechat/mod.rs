//! WeChat: who a code stands for, and which phone number.
mod access_token;
mod calls;
mod error;

use std::time::Duration;

use store::{
    config::{Config, Secret},
    connect::PgPool,
};
use tokio::sync::Semaphore;

pub use calls::Person;
pub use error::WechatError;

/// So many phone numbers are asked for at once: each holds its caller's connection to the database meanwhile, and may
/// need another for the access token.
const PHONES: usize = 3;
/// How long one waits to be among them.
const PATIENCE: Duration = Duration::from_secs(2);

/// A mini-program's connection to WeChat.
pub struct Wechat {
    client: reqwest::Client,
    base_url: String,
    app_id: String,
    secret: Secret,
    tokens: PgPool,
    phones: Semaphore,
}

impl Wechat {
    /// As configured; `None`: sign-in by WeChat is off. The access token is kept in the database, for all processes.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(config: &Config, tokens: PgPool) -> Result<Option<Self>, outbound::Error> {
        let wechat = &config.wechat;
        let Some(app) = &wechat.app else { return Ok(None) };
        Ok(Some(Self {
            client: outbound::client(wechat.timeout)?,
            base_url: wechat.base_url.clone(),
            app_id: app.id.clone(),
            secret: app.secret.clone(),
            tokens,
            phones: Semaphore::new(PHONES),
        }))
    }

    /// Whom a code of `wx.login` stands for. It lives five minutes, and once.
    pub async fn person(&self, code: &str) -> Result<Person, WechatError> {
        Ok(outbound::call(&self.client, &calls::CodeToSession { wechat: self, code }).await?)
    }

    /// The phone number that a code of `getPhoneNumber` stands for: digits, with + and the country in front if it is not
    /// the mainland's. The code lives five minutes, and once.
    pub async fn phone(&self, code: &str) -> Result<String, WechatError> {
        let _place = match tokio::time::timeout(PATIENCE, self.phones.acquire()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) | Err(_) => return Err(WechatError::Crowded),
        };
        let mut token = self.access_token(None).await?;
        loop {
            let call = calls::PhoneNumber { wechat: self, token: &token, code };
            match outbound::call(&self.client, &call).await.map_err(WechatError::from) {
                Err(error) if error.is_stale_token() => {
                    let fresh = self.access_token(Some(&token)).await?;
                    if fresh == token {
                        return Err(error);
                    }
                    token = fresh;
                }
                answer => return answer,
            }
        }
    }
}
