//! Whatever is sent, to every operation of the document: a 4xx that says why in Chinese, and nothing written.
use api::error::Kind;
use reqwest::Method;
use serde_json::{Map, Value, json};
use testing::{TestDbs, builders::User};

use crate::{
    app::{App, Reply, Sources},
    ask::{self, Furnished, Operation, Question},
    world::{self, COACH},
};

/// Somebody who may ask everything.
struct Stage {
    app: App,
    of: Furnished,
    token: String,
}

async fn stage() -> Stage {
    let keys = [
        ("LIMITS__WRITES_PER_USER", "100000/1"),
        ("LIMITS__LOGINS_PER_ACCOUNT", "100000/1"),
        ("AUTH__DEV_LOGIN", "true"),
    ];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let mut hall = world::hall(&app).await;
    // The coach's id is bound to the coach; whoever asks here has every role instead.
    sqlx::query("DELETE FROM auth.user_assistant_binding WHERE site_id = $1 AND assistant_id = $2")
        .bind(hall.site)
        .bind(COACH)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    let everything = User::coach(hall.site, COACH).role(hall.site, "manager");
    let everything = User { roles: [everything.roles, vec![(None, "admin".into())]].concat(), ..everything };
    hall.coach = everything.insert(&app.dbs).await.unwrap();
    let of = ask::furnish(&app, hall).await;
    let token = app.token(hall.coach, hall.site);
    Stage { app, of, token }
}

/// (table, rows) of everything but what counts attempts.
async fn rows(app: &App) -> Vec<(String, i64)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
         WHERE table_schema IN ('auth', 'biz', 'public') AND table_type = 'BASE TABLE'
           AND table_name NOT IN ('rate_limits', 'audit_log') ORDER BY 1",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    let mut counts = Vec::new();
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        counts.push((table, sqlx::query_scalar(sql).fetch_one(app.dbs.owner()).await.unwrap()));
    }
    counts
}

/// A refusal with a stable code and Chinese words, and a field where one is to blame.
fn assert_refused(reply: &Reply, what: &str) {
    let (status, code) = reply.refusal();
    assert!((400..500).contains(&status), "{what}: {} {}", reply.status, reply.text);
    assert_worded(reply, what);
    if code == 42201 {
        let errors = reply.json["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{what} names no field: {}", reply.text));
        for error in errors {
            let reason = error["reason"].as_str().unwrap();
            assert!(is_chinese(reason), "{what}: the reason is not Chinese: {}", reply.text);
            assert!(!has_a_foreign_phrase(reason), "{what}: not all of it is Chinese: {}", reply.text);
        }
    }
}

fn assert_worded(reply: &Reply, what: &str) {
    let (status, code) = reply.refusal();
    let kind = Kind::ALL.iter().find(|kind| u64::from(kind.code()) == code);
    let kind = kind.unwrap_or_else(|| panic!("{what}: no such code: {}", reply.text));
    assert_eq!(kind.status().as_u16(), status, "{what}");
    assert!(is_chinese(reply.json["message"].as_str().unwrap()), "{what}: {}", reply.text);
    assert!(reply.json["data"].is_null() && reply.json["requestId"].is_string(), "{what}: {}", reply.text);
}

/// Two English words in a row: what a library says. Names of fields and values stand alone.
fn has_a_foreign_phrase(words: &str) -> bool {
    let words: Vec<&str> = words.split(' ').collect();
    let is_a_word = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic());
    words.windows(2).any(|pair| is_a_word(pair[0]) && is_a_word(pair[1]))
}

fn is_chinese(words: &str) -> bool {
    words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The schema of an operation's body, references resolved.
fn body_schema(document: &Value, operation: &Operation) -> Option<Map<String, Value>> {
    let reference = &operation.said["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    let name = reference.as_str()?.rsplit('/').next()?;
    document["components"]["schemas"][name]["properties"].as_object().cloned()
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        other => panic!("a field without a type: {other}"),
    }
}

/// Values that a field of this schema must not take.
fn unfit(schema: &Value) -> Vec<Value> {
    let types = types(schema);
    let mut unfit = Vec::new();
    if !types.contains(&"object") {
        unfit.push(json!({ "x": 1 }));
    }
    if !types.contains(&"array") {
        unfit.push(json!([1]));
    }
    if !types.contains(&"null") {
        unfit.push(Value::Null);
    }
    if !types.contains(&"boolean") {
        unfit.push(json!(true));
    }
    if types.contains(&"string") {
        unfit.push(json!(7));
        unfit.push(json!("x".repeat(30_000)));
        unfit.extend(["\u{0}", "a\u{0}b", "\u{7}", "\u{1b}[31m", "\u{202e}txt"].map(|text| json!(text)));
    } else {
        unfit.push(json!("x"));
    }
    if types.contains(&"number") {
        unfit.extend([json!("1"), serde_json::from_str("1e400").unwrap()]);
        unfit.push(serde_json::from_str("0.12345678901234567890123456789012345").unwrap());
        let beyond = |bound: &Value, by| bound.as_f64().map(|bound| json!(bound + by));
        unfit.extend(beyond(&schema["minimum"], -0.01).into_iter().chain(beyond(&schema["maximum"], 0.01)));
    }
    if types.contains(&"integer") {
        unfit.extend([json!(1.5), json!("1"), json!(i64::MAX), serde_json::from_str("1e400").unwrap()]);
        unfit.push(serde_json::from_str("123456789012345678901234567890").unwrap());
        if let Some(minimum) = schema["minimum"].as_i64() {
            unfit.push(json!(minimum - 1));
        }
        if let Some(maximum) = schema["maximum"].as_i64() {
            unfit.push(json!(maximum + 1));
        }
    }
    unfit
}

#[tokio::test]
async fn no_field_of_a_body_takes_what_does_not_fit() {
    let Stage { app, of, token } = stage().await;
    let document = ask::document();
    let mut tried = 0;
    for operation in ask::operations() {
        let Some(fields) = body_schema(&document, &operation) else { continue };
        let Question { path, body } = ask::question(&app, &operation, &of).await;
        let before = rows(&app).await;
        let refuse = async |changed: Value, what: String| {
            let question = Question { path: path.clone(), body: changed };
            let reply = ask::ask(&app, &token, &operation, &question).await;
            assert_refused(&reply, &format!("{}: {what}", operation.name()));
        };
        for (field, schema) in &fields {
            for value in unfit(schema) {
                let mut changed = body.clone();
                let shown: String = value.to_string().chars().take(60).collect();
                changed[field] = value;
                refuse(changed, format!("{field} = {shown}")).await;
                tried += 1;
            }
        }
        let mut unknown = body.clone();
        unknown["colour"] = json!("red");
        refuse(unknown, "an unknown field".to_owned()).await;
        for required in operation_required(&document, &operation) {
            let mut without = body.clone();
            without.as_object_mut().unwrap().remove(&required);
            refuse(without, format!("without {required}")).await;
        }
        assert_eq!(rows(&app).await, before, "{}", operation.name());
    }
    assert!(tried > 300, "only {tried}");
}

fn operation_required(document: &Value, operation: &Operation) -> Vec<String> {
    let reference =
        operation.said["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let name = reference.rsplit('/').next().unwrap();
    let required =
        document["components"]["schemas"][name]["required"].as_array().cloned().unwrap_or_default();
    required.iter().map(|field| field.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn no_body_is_taken_that_is_not_one_object_of_utf8_json() {
    let Stage { app, of, token } = stage().await;
    let document = ask::document();
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    for operation in ask::operations().into_iter().filter(Operation::writes) {
        let question = ask::question(&app, &operation, &of).await;
        let before = rows(&app).await;
        let good = question.body.to_string();
        let field = body_schema(&document, &operation).and_then(|f| f.keys().next().cloned());
        let doubled = field.map(|f| format!("{{\"{f}\":1,\"{f}\":1,{}", &good[1..]));
        let mut bodies: Vec<Vec<u8>> = vec![
            b"{".to_vec(),
            b"[]".to_vec(),
            b"null".to_vec(),
            b"\"text\"".to_vec(),
            b"{}x".to_vec(),
            b"\xef\xbb\xbf{}".to_vec(),
            b"{\"a\":\"\xff\xfe\"}".to_vec(),
            b"{\"a\":\"\\ud800\"}".to_vec(),
            b"\xff\xfe{\x00}\x00".to_vec(),
            b"{'a':1}".to_vec(),
            b"{\"a\":NaN}".to_vec(),
            deep.clone().into_bytes(),
            vec![b' '; 70_000],
        ];
        bodies.extend(doubled.map(String::into_bytes));
        if !question.body.is_null() {
            bodies.push(Vec::new());
        }
        for body in bodies {
            let method: Method = operation.method.to_uppercase().parse().unwrap();
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let reply = app
                .send(method, &token, &question.path, |request| {
                    request.header("content-type", "application/json").body(body)
                })
                .await;
            assert_refused(&reply, &format!("{} with {shown:?}", operation.name()));
        }
        if !question.body.is_null() {
            for kind in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonp",
                "",
            ] {
                let method: Method = operation.method.to_uppercase().parse().unwrap();
                let reply = app
                    .send(method, &token, &question.path, |request| {
                        request.header("content-type", kind).body(good.clone())
                    })
                    .await;
                assert_eq!(reply.refusal(), (415, 41501), "{} as {kind:?}", operation.name());
            }
        }
        assert_eq!(rows(&app).await, before, "{}", operation.name());
    }
}

#[tokio::test]
async fn no_parameter_takes_what_does_not_fit() {
    let Stage { app, of, token } = stage().await;
    let before = rows(&app).await;
    let mut tried = 0;
    for operation in ask::operations() {
        let parameters = operation.said["parameters"].as_array().cloned().unwrap_or_default();
        let question = ask::question(&app, &operation, &of).await;
        let ask = async |path: String| {
            let question = Question { path, body: question.body.clone() };
            ask::ask(&app, &token, &operation, &question).await
        };
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            let schema = &parameter["schema"];
            match parameter["in"].as_str().unwrap() {
                "path" => {
                    for bad in [
                        "0",
                        "-1",
                        "abc",
                        "1.5",
                        "9007199254740992",
                        "99999999999999999999",
                        "%00",
                        "1%00",
                        "%F0%9F%8E%B1",
                        "1;DROP",
                        "%ff",
                        "+1",
                        "1%20",
                    ] {
                        let path = operation.path.replace(&format!("{{{name}}}"), bad);
                        assert_refused(&ask(path.clone()).await, &format!("{} {path}", operation.method));
                        tried += 1;
                    }
                }
                "query" => {
                    let mut bad = vec!["%00", "a%07b", "%ff", "%c3%28", "%ed%a0%80", "%E2%80%AE"];
                    if schema["type"] == "integer" || schema["enum"].is_array() || schema["format"] == "date"
                    {
                        bad.extend([
                            "",
                            "x",
                            "-1",
                            "0",
                            "1.5",
                            "9007199254740992",
                            "99999999999999999999",
                            "1,2",
                            "%F0%9F%8E%B1",
                        ]);
                    }
                    // Every other parameter as it was, this one spoiled.
                    let (bare, query) = question.path.split_once('?').unwrap_or((&question.path, ""));
                    let others: String = query
                        .split('&')
                        .filter(|pair| !pair.is_empty() && !pair.starts_with(&format!("{name}=")))
                        .map(|pair| format!("&{pair}"))
                        .collect();
                    let doubled = format!("{bare}?{name}=1&{name}=1{others}");
                    let paths =
                        bad.iter().map(|value| format!("{bare}?{name}={value}{others}")).chain([doubled]);
                    for path in paths {
                        assert_refused(&ask(path.clone()).await, &format!("{} {path}", operation.method));
                        tried += 1;
                    }
                    if parameter["required"] == true {
                        assert_refused(
                            &ask(format!("{bare}?{}", others.trim_start_matches('&'))).await,
                            &format!("{} without {name}", operation.name()),
                        );
                    }
                }
                "header" => {}
                other => panic!("{}: a parameter in {other}", operation.name()),
            }
        }
        // (whoever asks whether we live may put what they like behind it)
        if operation.path.starts_with("/api/") {
            let (bare, query) = question.path.split_once('?').unwrap_or((&question.path, ""));
            for unknown in ["colour=red", "%E9%A2%9C%E8%89%B2", "page=1&colour=%00"] {
                let reply = ask(format!("{bare}?{unknown}&{query}")).await;
                let what = format!("{} with {unknown}", operation.name());
                assert_refused(&reply, &what);
                assert_eq!(reply.refusal().1, 42201, "{what}: {}", reply.text);
            }
            assert_refused(&ask(format!("{bare}?%ff&{query}")).await, &operation.name());
        }
    }
    assert!(tried > 200, "only {tried}");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn emoji_and_long_names_are_words_like_others() {
    let Stage { app, of, token } = stage().await;
    let document = ask::document();
    for operation in ask::operations() {
        let Some(fields) = body_schema(&document, &operation) else { continue };
        let question = ask::question(&app, &operation, &of).await;
        for (field, _) in fields.iter().filter(|(_, schema)| types(schema).contains(&"string")) {
            for words in [
                "👨‍👩‍👧‍👦🎱",
                "é\u{301}",
                "𠮷野家",
                "'; DROP TABLE biz.notes; --",
                "{{7*7}}",
                "<script>",
                "%s%n",
                "\\u0000",
            ] {
                let mut changed = question.body.clone();
                changed[field] = json!(words);
                let reply = ask::ask(
                    &app,
                    &token,
                    &operation,
                    &Question { path: question.path.clone(), body: changed },
                )
                .await;
                let what = format!("{}: {field} = {words}", operation.name());
                // WeChat is not set up here: its routes say so, with a code of their own.
                assert!(reply.status.as_u16() < 500 || reply.refusal().1 == 50305, "{what}: {}", reply.text);
                if reply.status != 200 {
                    assert_worded(&reply, &what);
                }
            }
        }
    }
}
