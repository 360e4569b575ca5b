use store::db::wechat_token::{self, Turn};

use super::{Wechat, WechatError, calls::StableToken};

impl Wechat {
    /// The access token of all processes. Whoever locks its row first fetches a new one when it has ended, or is `stale`
    /// by WeChat's own words; the others find it.
    pub(super) async fn access_token(&self, stale: Option<&str>) -> Result<String, WechatError> {
        let found = wechat_token::current(&self.tokens, &self.app_id).await?;
        if let Some(token) = found.filter(|token| Some(token.as_str()) != stale) {
            return Ok(token);
        }
        let turn = Turn::take(&self.tokens, &self.app_id, stale).await?;
        if let Some(token) = turn.fetched {
            return Ok(token);
        }
        let mut fetched = self.fetch(false).await?;
        // Another program of ours may have forced a new one, which this gives; the same again means that it must be us.
        if Some(fetched.access_token.as_str()) == stale {
            fetched = self.fetch(true).await?;
        }
        turn.keep(&fetched.access_token, fetched.life()).await?;
        Ok(fetched.access_token)
    }

    async fn fetch(&self, force: bool) -> Result<super::calls::AccessToken, WechatError> {
        Ok(outbound::call(&self.client, &StableToken { wechat: self, force }).await?)
    }
}
