//! The page: preface, one chapter per tag, one section per route, all errors.
use std::collections::BTreeSet;

use api::error::Kind;
use serde_json::Value;

use super::{
    schema::{self, Row},
    words::Words,
};

/// One route of the document.
struct Route<'a> {
    method: &'a str,
    path: &'a str,
    operation: &'a Value,
}

/// The whole page; what had no words is remembered by `words`.
pub fn render(preface: &str, openapi: &Value, words: &mut Words) -> String {
    let mut page = String::from("<!-- 由 `cargo run -p local -- regenerate` 生成，请勿手改。 -->\n");
    page.push_str(preface.trim());
    page.push('\n');
    let routes = routes(openapi);
    let mut tags: Vec<&str> = Vec::new();
    for tag in routes.iter().map(Route::tag) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    for tag in tags {
        put(&mut page, format_args!("\n## {}\n", words.tag(tag)));
        for route in routes.iter().filter(|r| r.tag() == tag) {
            section(&mut page, openapi, route, words);
        }
    }
    page.push_str("\n## 全部错误码\n\n| code | HTTP | 提示 |\n|---|---|---|\n");
    for kind in Kind::ALL {
        put(
            &mut page,
            format_args!("| {} | {} | {} |\n", kind.code(), kind.status().as_u16(), kind.message()),
        );
    }
    page
}

fn routes(openapi: &Value) -> Vec<Route<'_>> {
    let paths = openapi["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| Route { method, path, operation })
        })
        .collect()
}

impl Route<'_> {
    fn tag(&self) -> &str {
        self.operation["tags"][0].as_str().unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.operation["operationId"].as_str().unwrap_or_default()
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.operation["parameters"].as_array().into_iter().flatten()
    }

    fn body(&self) -> Option<&Value> {
        self.operation.get("requestBody").map(json)
    }

    fn signed_in(&self) -> bool {
        self.operation["security"].as_array().is_some_and(|s| !s.is_empty())
    }

    /// Any of these is enough.
    fn permissions(&self) -> Vec<&str> {
        let any_of = self.operation["x-permission"]["anyOf"].as_array();
        any_of.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Codes that this route may answer with, beside what its own words add.
    fn errors(&self) -> BTreeSet<u32> {
        let mut kinds = Vec::new();
        if self.signed_in() {
            kinds.extend([Kind::NotSignedIn, Kind::TokenExpired, Kind::TokenRevoked]);
        }
        if !self.permissions().is_empty() {
            kinds.extend([Kind::NotApproved, Kind::NotPermitted]);
        }
        if self.path.contains('{') {
            kinds.push(Kind::NotFound);
        }
        if self.body().is_some() {
            kinds.extend([Kind::Unparsable, Kind::BodyTooLarge, Kind::NotJson, Kind::Invalid]);
        } else if self.parameters().next().is_some() {
            kinds.extend([Kind::Unparsable, Kind::Invalid]);
        }
        kinds.into_iter().map(Kind::code).collect()
    }
}

/// The answer as the document shows it.
fn example(page: &mut String, answer: &Value) {
    let Some(example) = answer["content"]["application/json"].get("example") else { return };
    // (A value that was read from JSON can be written as such.)
    let text = serde_json::to_string_pretty(example).unwrap_or_default();
    put(page, format_args!("\n返回示例:\n\n```json\n{text}\n```\n"));
}

/// The schema of a JSON content.
fn json(content: &Value) -> &Value {
    &content["content"]["application/json"]["schema"]
}

fn section(page: &mut String, openapi: &Value, route: &Route<'_>, words: &mut Words) {
    let told = words.operation(route.id());
    put(page, format_args!("\n### {}\n\n`{} {}`\n", told.title, route.method.to_uppercase(), route.path));
    if !told.about.is_empty() {
        put(page, format_args!("\n{}\n", told.about.trim()));
    }
    let permissions = route.permissions();
    let codes: Vec<String> = permissions.iter().map(|code| format!("`{code}`")).collect();
    let needed = match (codes.len(), route.signed_in()) {
        (0, false) => "无需登录".to_owned(),
        (0, true) => "登录即可".to_owned(),
        (1, _) => codes.concat(),
        _ => format!("{} 之一", codes.join("、")),
    };
    put(page, format_args!("\n权限:{needed}\n"));
    let parameters: Vec<Row> = route
        .parameters()
        .map(|p| {
            let name = p["name"].as_str().unwrap_or_default();
            Row {
                path: name.to_owned(),
                kind: schema::kind(openapi, &p["schema"]),
                required: p["required"] == true,
                meaning: words.field(route.id(), name),
            }
        })
        .collect();
    table(page, "参数", &parameters, true);
    if let Some(body) = route.body() {
        table(page, "请求体", &schema::rows(openapi, body, route.id(), words), true);
    }
    let answer = json(&route.operation["responses"]["200"]);
    let name = answer["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
    let data = &openapi["components"]["schemas"][name]["properties"]["data"];
    let rows = schema::rows(openapi, data, route.id(), words);
    table(page, &format!("返回的 `data`:{}", schema::kind(openapi, data)), &rows, false);
    example(page, &route.operation["responses"]["200"]);
    let mut errors = route.errors();
    errors.extend(told.errors.keys().filter_map(|code| code.parse::<u32>().ok()));
    let said: Vec<String> = Kind::ALL
        .iter()
        .filter(|kind| errors.contains(&kind.code()))
        .map(|kind| {
            let own = told.errors.get(&kind.code().to_string()).map_or(kind.message(), String::as_str);
            format!("{} {own}", kind.code())
        })
        .collect();
    if !said.is_empty() {
        put(page, format_args!("\n错误:{}。\n", said.join(";")));
    }
}

fn table(page: &mut String, title: &str, rows: &[Row], input: bool) {
    if rows.is_empty() {
        if !input {
            put(page, format_args!("\n{title}\n"));
        }
        return;
    }
    let (head, line) = if input { (" 必填 |", "---|") } else { ("", "") };
    put(page, format_args!("\n{title}\n\n| 字段 | 类型 |{head} 含义 |\n|---|---|{line}---|\n"));
    for row in rows {
        let required = match (input, row.required) {
            (true, true) => " 是 |",
            (true, false) => " 否 |",
            (false, _) => "",
        };
        put(page, format_args!("| `{}` | {} |{required} {} |\n", row.path, row.kind, row.meaning));
    }
}

fn put(page: &mut String, words: std::fmt::Arguments<'_>) {
    page.push_str(&words.to_string());
}
