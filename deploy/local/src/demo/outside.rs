//! The services outside the house, as fakes in this process: they end with it.
use anyhow::Result;
use std::collections::BTreeMap;
use testing::{FakeAi, FakeWechat, fake_ai, fake_wechat};

/// All of them.
pub struct Outside {
    wechat: FakeWechat,
    ai: FakeAi,
}

impl Outside {
    /// Starts them on free ports of loopback.
    pub async fn start() -> Result<Self> {
        Ok(Self { wechat: FakeWechat::start().await?, ai: FakeAi::start().await? })
    }

    /// What the api needs to find its own.
    pub fn for_the_api(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("WECHAT__APP_ID", fake_wechat::APP_ID.to_owned()),
            ("WECHAT__APP_SECRET", fake_wechat::APP_SECRET.to_owned()),
            ("WECHAT__BASE_URL", self.wechat.url()),
        ])
    }

    /// What a worker needs to find its own.
    pub fn for_a_worker(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("AI__BASE_URL", self.ai.base_url()),
            ("AI__API_KEY", fake_ai::API_KEY.to_owned()),
            ("AI__MODEL", fake_ai::MODEL.to_owned()),
        ])
    }
}
