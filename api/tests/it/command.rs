//! The program: exit codes and what it says.
use std::process::{Command, Output, Stdio};

use testing::{TestDbs, access::Role};

use crate::app::SECRET;

fn api(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.args(arguments).stdin(Stdio::null());
    command.envs(environment.iter().map(|(key, value)| (format!("ZQYY__{key}"), value)));
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn a_bad_configuration_is_2_and_names_key_value_and_source() {
    for (environment, words) in [
        (vec![("API__LISTEN", "here")], vec!["api.listen = here", "ZQYY__API__LISTEN"]),
        (vec![("API__LISTN", "127.0.0.1:1")], vec!["unknown key `api.listn`"]),
        (vec![], vec!["database.biz_url is not set"]),
        (vec![("AUTH__JWT_SECRET", "short")], vec!["auth.jwt_secret = ***", "5 bytes"]),
        (
            vec![("AUTH__DEV_LOGIN", "true"), ("API__LISTEN", "0.0.0.0:8080")],
            vec!["auth.dev_login", "api.listen is 0.0.0.0:8080"],
        ),
    ] {
        let (code, _, said) = api(&["serve"], &environment);
        assert_eq!(code, 2, "{said}");
        for word in words {
            assert!(said.contains(word), "{word} is not in {said}");
        }
    }
    assert_eq!(api(&["--config", "/nonexistent.toml"], &[]).0, 2);
    assert_eq!(api(&["nonsense"], &[]).0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_is_1_and_says_why() {
    let dbs = TestDbs::new().await.unwrap();
    let url = dbs.biz_url(Role::Api);
    let (before, after) = url.rsplit_once('/').unwrap();
    let elsewhere = format!("{before}/no_such_database");
    let name = after.split('?').next().unwrap();
    let wrong = format!("postgres://zqyy_api:wrong@{}/{name}", before.rsplit_once('@').unwrap().1);
    for (url, words) in [
        ("postgres://zqyy_api:x@127.0.0.1:1/zqyy_app", "cannot reach the server"),
        (elsewhere.as_str(), "no such database"),
        (wrong.as_str(), "wrong password"),
    ] {
        let (code, _, said) = api(&[], &[("DATABASE__BIZ_URL", url), ("AUTH__JWT_SECRET", SECRET)]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(words) && said.contains("database.biz_url"), "{words} is not in {said}");
        assert!(!said.contains("wrong@"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_port_and_a_moved_clock_are_1_and_named() {
    let dbs = TestDbs::new().await.unwrap();
    let url = dbs.biz_url(Role::Api);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let keys = [("DATABASE__BIZ_URL", url.as_str()), ("AUTH__JWT_SECRET", SECRET), ("API__LISTEN", &address)];
    let (code, _, said) = api(&[], &keys);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("cannot listen on {address} (api.listen)")), "{said}");
    dbs.set_clock_offset(86_400).await.unwrap();
    let (code, _, said) = api(&[], &keys);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("biz.clock_offset") && said.contains("auth.dev_login"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_brings_up_an_empty_database_and_is_safe_to_run_again() {
    let dbs = TestDbs::new().await.unwrap();
    let url = dbs.biz_url(Role::Owner);
    for _ in 0..2 {
        let (code, _, said) = api(&["migrate"], &[("DATABASE__MIGRATE_URL", &url)]);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("up to date"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_token_prints_a_token_where_dev_login_is_on() {
    let dbs = TestDbs::new().await.unwrap();
    let site = testing::builders::Site::default().insert(&dbs).await.unwrap();
    let user = testing::builders::User::coach(site, 1).insert(&dbs).await.unwrap().to_string();
    let url = dbs.biz_url(Role::Api);
    let keys =
        [("DATABASE__BIZ_URL", url.as_str()), ("AUTH__JWT_SECRET", SECRET), ("AUTH__DEV_LOGIN", "true")];
    let (code, token, said) = api(&["dev-token", "--user-id", &user, "--days", "30"], &keys);
    assert_eq!(code, 0, "{said}");
    let who = api::token::Tokens::new(&crate::app::config(&[]).auth).unwrap().check(token.trim()).unwrap();
    assert_eq!((who.user_id.to_string(), who.site.map(|s| s.0)), (user.clone(), Some(site)));
    let (code, token, said) = api(&["dev-token", "--user-id", &user], &keys[..2]);
    assert_eq!((code, token.as_str()), (1, ""));
    assert!(said.contains("auth.dev_login is off"), "{said}");
}

#[test]
fn the_reference_of_keys_and_the_document_need_no_configuration() {
    let (code, text, _) = api(&["config"], &[]);
    assert!(code == 0 && text.contains("jwt_secret_file"));
    let (code, text, _) = api(&["openapi"], &[]);
    assert!(code == 0 && text.starts_with('{'));
    let (code, text, _) = api(&["--help"], &[]);
    assert!(code == 0 && text.contains("Exit codes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_etl_lists_what_departs_from_the_contract() {
    let dbs = TestDbs::new().await.unwrap();
    let site = testing::builders::Site::default().insert(&dbs).await.unwrap();
    reference::builders::SiteRow::new(site).insert(dbs.etl_owner()).await.unwrap();
    let (biz, etl) = (dbs.biz_url(Role::Api), dbs.etl_url(Role::EtlReader));
    let keys = [("DATABASE__BIZ_URL", biz.as_str()), ("DATABASE__ETL_URL", etl.as_str())];
    let (code, text, said) = api(&["check-etl"], &keys);
    assert_eq!(code, 0, "{text}{said}");
    let rename = "ALTER VIEW app.v_dim_member RENAME COLUMN nickname TO nick";
    sqlx::query(rename).execute(dbs.etl_owner()).await.unwrap();
    let (code, text, said) = api(&["check-etl"], &keys);
    assert_eq!(code, 1, "{text}{said}");
    assert!(text.contains("app.v_dim_member lacks the column nickname"), "{text}");
    assert!(!text.contains("zqyy_etl_reader:"), "{text}");
    let (code, _, said) = api(&["check-etl"], &keys[..1]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("database.etl_url is not set"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_until_it_is_told_to_stop() {
    let dbs = TestDbs::new().await.unwrap();
    // Taken and given back: the program must be told a port.
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (listen, metrics) = (free(), free());
    let child = Command::new(env!("CARGO_BIN_EXE_api"))
        .envs([
            ("ZQYY__DATABASE__BIZ_URL", dbs.biz_url(Role::Api)),
            ("ZQYY__DATABASE__ETL_URL", dbs.etl_url(Role::EtlReader)),
            ("ZQYY__AUTH__JWT_SECRET", SECRET.to_owned()),
            ("ZQYY__API__LISTEN", listen.clone()),
            ("ZQYY__API__METRICS_LISTEN", metrics.clone()),
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let answers = async |url: String| loop {
        match reqwest::get(&url).await {
            Ok(answer) => return answer.text().await.unwrap(),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    let minute = std::time::Duration::from_secs(60);
    let ready = tokio::time::timeout(minute, answers(format!("http://{listen}/readyz"))).await.unwrap();
    assert!(ready.contains(r#""status":"ready""#), "{ready}");
    let text = tokio::time::timeout(minute, answers(format!("http://{metrics}/metrics"))).await.unwrap();
    assert!(text.contains("http_requests_total"), "{text}");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let stopped = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let log = String::from_utf8(stopped.stderr).unwrap();
    assert!(stopped.status.success(), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |words: &str| lines.iter().any(|line| line["message"] == words);
    assert!(said("serving") && said("request answered") && said("stopped"), "{log}");
    let answered = lines.iter().find(|line| line["message"] == "request answered").unwrap();
    assert_eq!(
        (&answered["status"], &answered["span"]["route"]),
        (&200.into(), &"/readyz".into()),
        "{answered}"
    );
}
