//! The API as a client meets it.
use std::{collections::HashMap, time::Duration};

use api::{
    bench::recorder::Recorder,
    router::router,
    state::AppState,
    token::{Identity, Tokens},
};
use domain::SiteId;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;
use store::{
    config::Config,
    connect::{self, PgPool},
};
use testing::{Role, TestDbs};
use warehouse::Warehouse;

/// Signs the tests' tokens.
pub const SECRET: &str = "the tests' own secret, 32 bytes and more";

/// Both databases, and the API over them.
pub struct App {
    /// The databases.
    pub dbs: TestDbs,
    /// `http://127.0.0.1:port`
    pub url: String,
    /// Signs with [`SECRET`].
    pub tokens: Tokens,
    /// Of the running API.
    pub state: AppState,
    client: reqwest::Client,
}

/// An answer, read.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Null when it is not JSON.
    pub json: Value,
    pub text: String,
}

/// Which databases the API gets.
pub enum Sources {
    /// Both, as its roles.
    Both,
    /// No `database.etl_url`.
    NoWarehouse,
    /// A warehouse URL where nobody listens.
    WarehouseDown,
    /// A business URL where nobody listens.
    BusinessDown,
}

/// The configuration of a test: defaults, the secret, and these keys.
pub fn config(keys: &[(&str, &str)]) -> Config {
    let mut environment = HashMap::from([
        ("ZQYY__AUTH__JWT_SECRET".to_owned(), SECRET.to_owned()),
        ("ZQYY__DATABASE__ACQUIRE_TIMEOUT_MS".to_owned(), "2000".to_owned()),
    ]);
    environment.extend(keys.iter().map(|(k, v)| (format!("ZQYY__{k}"), (*v).to_owned())));
    Config::load_with(None, environment).unwrap()
}

impl App {
    /// Empty databases, dev-login off.
    pub async fn new() -> Self {
        Self::with(TestDbs::new().await.unwrap(), Sources::Both, &[]).await
    }

    /// Over given databases, with configuration keys.
    pub async fn with(dbs: TestDbs, sources: Sources, keys: &[(&str, &str)]) -> Self {
        let config = config(keys);
        let nobody = || {
            sqlx::postgres::PgPoolOptions::new()
                .acquire_timeout(Duration::from_secs(2))
                .connect_lazy("postgres://nobody:nothing@127.0.0.1:1/nowhere")
                .unwrap()
        };
        let (biz, warehouse) = match sources {
            Sources::Both => (dbs.api().clone(), Some(dbs.etl_reader().clone())),
            Sources::NoWarehouse => (dbs.api().clone(), None),
            Sources::WarehouseDown => (dbs.api().clone(), Some(nobody())),
            Sources::BusinessDown => (nobody(), Some(dbs.etl_reader().clone())),
        };
        Self::over(dbs, &config, biz, warehouse).await
    }

    /// Empty databases, asked through recorders: of the business database and of the warehouse.
    pub async fn heard(keys: &[(&str, &str)]) -> (Self, [Recorder; 2]) {
        let dbs = TestDbs::new().await.unwrap();
        let urls = [dbs.biz_url(Role::Api), dbs.etl_url(Role::EtlReader)];
        let urls = [("DATABASE__BIZ_URL", urls[0].as_str()), ("DATABASE__ETL_URL", urls[1].as_str())];
        let config = config(&[keys, &urls].concat());
        let (biz, etl) = (config.database.biz().unwrap(), config.database.etl().unwrap());
        let recorders = [Recorder::listen(biz).await.unwrap(), Recorder::listen(etl).await.unwrap()];
        let through = |url, recorder: &Recorder| {
            connect::through(&config.database, url, "api-test", Some(recorder.address()))
        };
        let pools = (through(biz, &recorders[0]), through(etl, &recorders[1]));
        (Self::over(dbs, &config, pools.0, Some(pools.1)).await, recorders)
    }

    async fn over(dbs: TestDbs, config: &Config, biz: PgPool, warehouse: Option<PgPool>) -> Self {
        let state = AppState::new(config, biz, warehouse.map(Warehouse::new)).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = router(state.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { dbs, url, tokens: Tokens::new(&config.auth).unwrap(), state, client: reqwest::Client::new() }
    }

    /// A token of the user for the site, with token version 0.
    pub fn token(&self, user_id: i64, site: i64) -> String {
        self.sign(user_id, Some(SiteId(site)))
    }

    /// A token of the user for no site, with token version 0.
    pub fn siteless_token(&self, user_id: i64) -> String {
        self.sign(user_id, None)
    }

    fn sign(&self, user_id: i64, site: Option<SiteId>) -> String {
        self.tokens.sign(Identity { user_id, site, token_version: 0 }, Duration::from_secs(600)).unwrap()
    }

    /// GET with a token ("" = without).
    pub async fn get(&self, token: &str, path: &str) -> Reply {
        self.send(Method::GET, token, path, |request| request).await
    }

    /// POST of JSON with a token ("" = without).
    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, token, path, |request| request.json(body)).await
    }

    /// Anything.
    pub async fn send(
        &self,
        method: Method,
        token: &str,
        path: &str,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Reply {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let answer = change(request).send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Reply { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }
}

impl Reply {
    /// Status and code, for tables of refusals.
    pub fn refusal(&self) -> (u16, u64) {
        (self.status.as_u16(), self.json["code"].as_u64().unwrap_or_default())
    }

    /// The data of a successful answer.
    pub fn data(&self) -> &Value {
        assert_eq!((self.status.as_u16(), &self.json["code"]), (200, &Value::from(0)), "{}", self.text);
        &self.json["data"]
    }

    /// Fields named by a 422, sorted.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields: Vec<&str> = self.json["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e["field"].as_str())
            .collect();
        fields.sort_unstable();
        fields
    }
}
