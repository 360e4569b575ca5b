//! The document: fresh, complete, and served where it may be.
use serde_json::Value;
use testing::{TestDbs, schema::violations};

use crate::app::{App, Sources};

#[test]
fn the_committed_copy_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/contracts/openapi/backend-api.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == api::cli::document(),
        "docs/contracts/openapi/backend-api.json is stale: cargo run -p api -- openapi > docs/contracts/openapi/backend-api.json"
    );
}

#[test]
fn every_reference_leads_somewhere_and_no_answer_leaves_a_field_out() {
    let text = api::cli::document();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not there");
    }
    for (name, schema) in schemas.iter().filter(|(name, _)| !name.ends_with("Body")) {
        let Some(properties) = schema["properties"].as_object() else { continue };
        let required = schema["required"].as_array().unwrap_or_else(|| panic!("{name} requires nothing"));
        assert_eq!(required.len(), properties.len(), "{name}");
    }
    let mut names = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                names.insert(operation["operationId"].as_str().unwrap()),
                "{method} {path} shares its name"
            );
            for response in operation["responses"].as_object().unwrap().values() {
                assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{method} {path}");
            }
            assert!(operation["responses"]["200"].is_object(), "{method} {path} has no 200");
            assert!(operation["responses"]["default"].is_object(), "{method} {path} has no error");
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            let open = operation["x-permission"]["at"] == "anybody";
            assert_eq!(operation["security"].is_array(), !open, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn it_is_served_on_loopback_and_off_when_told() {
    let app = App::new().await;
    let served = app.get("", "/openapi.json").await;
    assert_eq!(served.json, serde_json::from_str::<Value>(&api::cli::document()).unwrap());
    for (path, kind) in
        [("/docs", "text/html"), ("/docs/docs.js", "text/javascript"), ("/docs/docs.css", "text/css")]
    {
        let page = app.get("", path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.headers["content-type"].to_str().unwrap().starts_with(kind), "{path}");
    }
    assert!(
        app.get("", "/docs").await.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("script-src 'self'")
    );
    for keys in [("API__DOCS", "off"), ("API__LISTEN", "0.0.0.0:8080")] {
        let hidden = App::with(TestDbs::new().await.unwrap(), Sources::Both, &[keys]).await;
        for path in ["/docs", "/openapi.json", "/docs/docs.js"] {
            assert_eq!(hidden.get("", path).await.refusal(), (404, 40401), "{keys:?} {path}");
        }
    }
}

/// As a client's validator takes it: a field that is not described, or not given, is an error.
#[test]
fn every_read_has_an_example_that_is_what_its_schema_says() {
    let document = crate::ask::document();
    let mut wrong = Vec::new();
    for operation in crate::ask::operations().iter().filter(|operation| !operation.writes()) {
        let content = &operation.said["responses"]["200"]["content"]["application/json"];
        let Some(example) = content.get("example") else {
            wrong.push(format!("{} has no example", operation.name()));
            continue;
        };
        let faults = violations(&content["schema"], &document["components"], example).unwrap();
        wrong.extend(faults.iter().map(|fault| format!("{} {fault}", operation.name())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
