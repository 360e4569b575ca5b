use std::{collections::HashMap, fs, path::PathBuf};

use super::*;

fn with(environment: &[(&str, &str)]) -> Result<Config, String> {
    load(None, environment)
}

fn load(file: Option<&Path>, environment: &[(&str, &str)]) -> Result<Config, String> {
    let environment: HashMap<String, String> =
        environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::load_with(file, environment).map_err(|e| e.to_string())
}

/// A file of this test alone, removed with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zqyy-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

#[test]
fn the_defaults_load_and_keep_secrets_unset() {
    let config = with(&[]).unwrap();
    assert_eq!(config.api.listen.to_string(), "127.0.0.1:8080");
    assert!(!config.auth.dev_login);
    assert!(config.api.serves_docs());
    let missing = config.database.biz().unwrap_err().to_string();
    assert!(missing.contains("database.biz_url") && missing.contains("ZQYY__DATABASE__BIZ_URL"), "{missing}");
    assert!(config.auth.signing_key().is_err());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = Scratch::new("layers.toml", "[worker]\nconcurrency = 7\ndrain_seconds = 9\n");
    let config = load(Some(&file.0), &[("ZQYY__WORKER__CONCURRENCY", "11")]).unwrap();
    assert_eq!((config.worker.concurrency, config.worker.drain.as_secs()), (11, 9));
    assert_eq!(config.api.body_limit_bytes, 65536);
}

#[test]
fn a_bad_value_is_named_with_key_value_and_source() {
    let bad = |key: &str, value: &str| with(&[(key, value)]).unwrap_err();
    assert_eq!(
        bad("ZQYY__API__LISTEN", "localhost"),
        "api.listen = localhost (environment variable ZQYY__API__LISTEN): invalid socket address syntax; \
         an address such as 127.0.0.1:8080 is needed"
    );
    assert!(bad("ZQYY__WORKER__CONCURRENCY", "0").contains("from 1 to 256"));
    assert!(bad("ZQYY__WORKER__CONCURRENCY", "four").contains("worker.concurrency = four"));
    assert!(bad("ZQYY__AUTH__DEV_LOGIN", "yes").contains("true or false"));
    assert!(bad("ZQYY__CLOCK__TIMEZONE", "Mars/Base").contains("Mars/Base"));
    assert!(bad("ZQYY__LOG__FORMAT", "xml").contains("json, pretty"));
    assert!(bad("ZQYY__LOG__FILTER", "a=b=c").contains("log.filter"));
    assert!(bad("ZQYY__API__MODULE_TIMEOUT_MS", "15000").contains("below api.request_timeout_ms"));
    let file = Scratch::new("bad.toml", "[api]\ndocs = \"sometimes\"\n");
    let message = load(Some(&file.0), &[]).unwrap_err();
    assert!(message.contains("sometimes") && message.contains("bad.toml"), "{message}");
}

#[test]
fn trusted_proxies_are_networks_or_addresses() {
    let trusted =
        |text: &str| with(&[("ZQYY__API__TRUSTED_PROXIES", text)]).map(|c| c.api.trusted_proxies.len());
    assert_eq!(with(&[]).unwrap().api.trusted_proxies.len(), 2);
    assert_eq!(trusted("10.0.0.0/8, 192.168.1.7,::1"), Ok(3));
    assert_eq!(trusted(""), Ok(0));
    for bad in ["proxy.example", "10.0.0.0/33", "10.0.0.0/8;::1"] {
        assert!(trusted(bad).unwrap_err().contains("api.trusted_proxies"), "{bad}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_neighbours() {
    let message = with(&[("ZQYY__API__LISTN", "127.0.0.1:1")]).unwrap_err();
    assert!(message.contains("api.listn") && message.contains("ZQYY__API__LISTN"), "{message}");
    assert!(message.contains("metrics_listen"), "{message}");
    assert!(with(&[("ZQYY__APE__LISTEN", "x")]).unwrap_err().contains("ape.listen"));
    assert!(with(&[("ZQYY__API", "x")]).is_err());
}

#[test]
fn a_file_that_is_not_there_or_not_toml_is_named() {
    let message = load(Some(Path::new("/nonexistent/zqyy.toml")), &[]).unwrap_err();
    assert!(message.contains("/nonexistent/zqyy.toml"), "{message}");
    let file = Scratch::new("broken.toml", "[api\n");
    assert!(load(Some(&file.0), &[]).unwrap_err().contains("broken.toml"));
}

#[test]
fn secrets_come_from_files_and_never_print() {
    let secret = "0123456789abcdef0123456789abcdef";
    let file = Scratch::new("secret", &format!("{secret}\n"));
    let path = file.0.to_str().unwrap();
    let config = with(&[("ZQYY__AUTH__JWT_SECRET_FILE", path)]).unwrap();
    assert_eq!(config.auth.signing_key().unwrap().secret.expose(), secret);
    assert!(!format!("{config:?}").contains(secret));
    let both =
        with(&[("ZQYY__AUTH__JWT_SECRET_FILE", path), ("ZQYY__AUTH__JWT_SECRET", secret)]).unwrap_err();
    assert!(both.contains("set one of the two") && !both.contains(secret), "{both}");
    let short = with(&[("ZQYY__AUTH__JWT_SECRET", "hunter2")]).unwrap_err();
    assert!(short.contains("7 bytes") && !short.contains("hunter2"), "{short}");
    let gone = with(&[("ZQYY__AUTH__JWT_SECRET_FILE", "/nonexistent/secret")]).unwrap_err();
    assert!(gone.contains("/nonexistent/secret"), "{gone}");
}

#[test]
fn a_database_url_prints_without_its_password() {
    let config =
        with(&[("ZQYY__DATABASE__BIZ_URL", "postgres://zqyy_api:geheim@db.example:5433/zqyy_app")]).unwrap();
    assert_eq!(config.database.biz().unwrap().to_string(), "postgres://zqyy_api@db.example:5433/zqyy_app");
    assert!(!format!("{config:?}").contains("geheim"));
    let bad = with(&[("ZQYY__DATABASE__BIZ_URL", "mysql://root:geheim@db/x")]).unwrap_err();
    assert!(bad.contains("database.biz_url") && !bad.contains("geheim"), "{bad}");
}

#[test]
fn sign_in_without_a_password_stays_on_loopback() {
    let message =
        with(&[("ZQYY__AUTH__DEV_LOGIN", "true"), ("ZQYY__API__LISTEN", "0.0.0.0:8080")]).unwrap_err();
    assert!(
        message.contains("auth.dev_login") && message.contains("api.listen is 0.0.0.0:8080"),
        "{message}"
    );
    assert!(with(&[("ZQYY__AUTH__DEV_LOGIN", "true"), ("ZQYY__API__LISTEN", "[::1]:8080")]).is_ok());
}

#[test]
fn two_secrets_need_two_names() {
    let (one, two) = ("1".repeat(32), "2".repeat(32));
    let both = [
        ("ZQYY__AUTH__JWT_SECRET", one.as_str()),
        ("ZQYY__AUTH__JWT_PREVIOUS_SECRET", two.as_str()),
        ("ZQYY__AUTH__JWT_PREVIOUS_KEY_ID", "1"),
    ];
    assert!(with(&both).unwrap_err().contains("jwt_previous_key_id"));
    assert!(with(&both[..2]).unwrap_err().contains("jwt_previous_key_id"));
}

#[test]
fn wechat_is_whole_or_off_and_its_secret_travels_by_https() {
    let (id, secret) = (("ZQYY__WECHAT__APP_ID", "wx1"), ("ZQYY__WECHAT__APP_SECRET", "geheim"));
    assert!(with(&[]).unwrap().wechat.app.is_none());
    let config = with(&[id, secret]).unwrap();
    assert_eq!(config.wechat.base_url, "https://api.weixin.qq.com");
    assert_eq!(config.wechat.app.as_ref().unwrap().id, "wx1");
    assert!(!format!("{config:?}").contains("geheim"));
    assert!(with(&[id]).unwrap_err().contains("wechat.app_secret is not set"));
    let lonely = with(&[secret]).unwrap_err();
    assert!(lonely.contains("wechat.app_id is not set") && !lonely.contains("geheim"), "{lonely}");
    let base = |url| with(&[id, secret, ("ZQYY__WECHAT__BASE_URL", url)]).map(|c| c.wechat.base_url);
    assert_eq!(base("http://127.0.0.1:9/x/").as_deref(), Ok("http://127.0.0.1:9/x"));
    assert_eq!(base("http://[::1]:9").as_deref(), Ok("http://[::1]:9"));
    for bad in
        ["http://wechat.example", "http://127.0.0.1.example", "ftp://x", "https://", "https://a?b", "x", ""]
    {
        assert!(base(bad).unwrap_err().contains("wechat.base_url"), "{bad}");
    }
    assert!(with(&[("ZQYY__AUTH__REFRESH_TTL_DAYS", "0")]).unwrap_err().contains("auth.refresh_ttl_days"));
}

#[test]
fn ai_is_off_until_it_is_whole() {
    assert!(with(&[]).unwrap().ai.is_none());
    let base = ("ZQYY__AI__BASE_URL", "https://ai.example.com/v1/");
    let ai = with(&[base, ("ZQYY__AI__MODEL", "m"), ("ZQYY__AI__API_KEY", "sk-1")]).unwrap().ai.unwrap();
    assert_eq!((ai.base_url.as_str(), ai.model.as_str()), ("https://ai.example.com/v1", "m"));
    assert!(!format!("{ai:?}").contains("sk-1"));
    assert!(with(&[base]).unwrap_err().contains("ai.model"));
    for alone in [("ZQYY__AI__MODEL", "m"), ("ZQYY__AI__API_KEY", "sk-1")] {
        let refused = with(&[alone]).unwrap_err();
        assert!(refused.contains("ai.base_url") && !refused.contains("sk-1"), "{refused}");
    }
    for url in
        ["ai.example.com", "ftp://ai.example.com", "https://", "https://u@ai.example.com", "https://a?k=v"]
    {
        let refused = with(&[("ZQYY__AI__BASE_URL", url), ("ZQYY__AI__MODEL", "m")]).unwrap_err();
        assert!(refused.contains("ai.base_url"), "{url}: {refused}");
    }
    assert!(with(&[("ZQYY__AI__TIMEOUT_SECONDS", "0")]).is_err());
}
