//! A WeChat that is none: code2session, stable_token and getuserphonenumber over HTTP, as WeChat speaks them. Errors come
//! with status 200; codes live five minutes, and once; a forced access token ends the one before it.
//!
//! Whoever can type a code signs in. Words are between hyphens; the last one makes a code another code:
//!
//! | code | answer |
//! |---|---|
//! | `wx-NAME-NONCE` | the person of that name: openid `fake-openid-NAME` |
//! | `busy-N-NAME-NONCE` | errcode -1, N times; then that person |
//! | `fail-CODE-NONCE` | that errcode, as a number |
//! | `failtext-CODE-NONCE` | that errcode, as text |
//! | `slow-MS-NAME-NONCE` | that person, after so many milliseconds |
//! | `html-STATUS-NONCE` | a web page with that status, as a gateway in between might say |
//! | `phone-DIGITS-NONCE` | (getuserphonenumber) that number, of the mainland |
//! | `abroad-COUNTRY-DIGITS-NONCE` | (getuserphonenumber) that number, of that country |
//!
//! The codes of [`FakeWechat::issue`] are of persons too, and count their five minutes from then.
mod codes;
mod server;
mod state;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{net::TcpListener, task::JoinHandle};

use state::State;

/// The mini-program that it knows.
pub const APP_ID: &str = "fake-app";
/// Its secret.
pub const APP_SECRET: &str = "fake-app-secret";

/// The openid of a name.
pub fn openid(name: &str) -> String {
    format!("fake-openid-{name}")
}

/// A running fake. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeWechat {
    state: Arc<State>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// How often each of its calls was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `jscode2session`
    pub sessions: u32,
    /// `stable_token`, not forced
    pub tokens: u32,
    /// `stable_token` with `force_refresh`
    pub forced: u32,
    /// `getuserphonenumber`
    pub phones: u32,
}

impl FakeWechat {
    /// On a free port of loopback.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for the fake WeChat")?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let routes = server::routes(state.clone());
        let server = tokio::spawn(async move {
            // (an error: the listener is gone, and so is whoever asked)
            drop(axum::serve(listener, routes).await);
        });
        Ok(Self { state, address, server })
    }

    /// For `wechat.base_url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A code for the person of that name, from now on.
    pub fn issue(&self, name: &str) -> String {
        self.state.lock().issue(name)
    }

    /// Its clock moves on: codes and access tokens age.
    pub fn advance(&self, by: Duration) {
        self.state.lock().advance(by);
    }

    /// Ends the access token in force, as another program's forced refresh would.
    pub fn forget_token(&self) {
        self.state.lock().forget_token();
    }

    /// Gives out access tokens for so long from now on; WeChat's own is 7200 s.
    pub fn token_life(&self, seconds: u64) {
        self.state.lock().token_life(seconds);
    }

    /// How often each of its calls was asked.
    pub fn asked(&self) -> Asked {
        self.state.lock().asked
    }
}

impl Drop for FakeWechat {
    fn drop(&mut self) {
        self.server.abort();
    }
}
