//! A JSON schema as rows of a table.
use serde_json::Value;

use super::words::Words;

/// One field, at its place in the whole.
pub struct Row {
    /// `list[].memberName`
    pub path: String,
    /// 整数, 文本或 null, …
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub meaning: String,
}

/// Deepest nesting that is spelled out.
const DEPTH: usize = 6;

/// Every field below `schema`, outer ones first.
pub fn rows(openapi: &Value, schema: &Value, owner: &str, words: &mut Words) -> Vec<Row> {
    let mut rows = Vec::new();
    walk(openapi, schema, owner, "", DEPTH, words, &mut rows);
    rows
}

fn walk(
    openapi: &Value,
    schema: &Value,
    owner: &str,
    path: &str,
    depth: usize,
    words: &mut Words,
    rows: &mut Vec<Row>,
) {
    let (schema, name, _) = resolve(openapi, schema);
    let owner = name.unwrap_or(owner);
    if let Some(items) = schema.get("items") {
        return walk(openapi, items, owner, &format!("{path}[]"), depth, words, rows);
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    for (field, inner) in properties {
        let dot = if path.is_empty() { "" } else { "." };
        let here = format!("{path}{dot}{field}");
        rows.push(Row {
            path: here.clone(),
            kind: kind(openapi, inner),
            required: schema["required"].as_array().is_some_and(|all| all.iter().any(|r| r == field)),
            meaning: words.field(owner, field),
        });
        if depth > 0 {
            walk(openapi, inner, owner, &here, depth - 1, words, rows);
        }
    }
}

/// The schema behind references and "or null": (schema, its name, whether null is allowed).
fn resolve<'a>(openapi: &'a Value, schema: &'a Value) -> (&'a Value, Option<&'a str>, bool) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let (inner, _, null) = resolve(openapi, &openapi["components"]["schemas"][name]);
        return (inner, Some(name), null);
    }
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    if let Some(choices) = choices {
        let null = choices.iter().any(|c| c["type"] == "null");
        if let [one] = choices.iter().filter(|c| c["type"] != "null").collect::<Vec<_>>()[..] {
            let (inner, name, also) = resolve(openapi, one);
            return (inner, name, null || also);
        }
    }
    if let Some([one]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return resolve(openapi, one);
    }
    (schema, None, false)
}

/// What a value is, in Chinese.
pub fn kind(openapi: &Value, schema: &Value) -> String {
    let (schema, _, mut null) = resolve(openapi, schema);
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    null |= types.contains(&"null");
    let words = match types.iter().find(|t| **t != "null").copied() {
        Some("string") => text(schema),
        Some("integer") => format!("整数{}", range(schema)),
        Some("number") => format!("数字{}", range(schema)),
        Some("boolean") => "是否".to_owned(),
        Some("array") => format!("数组，每项为{}", kind(openapi, &schema["items"])),
        Some("object") => "对象".to_owned(),
        _ if schema.get("properties").is_some() => "对象".to_owned(),
        _ => "任意".to_owned(),
    };
    if null { format!("{words}或 null") } else { words }
}

fn text(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().filter_map(Value::as_str).map(|v| format!("`{v}`")).collect();
        return values.join(" / ");
    }
    match schema["format"].as_str() {
        Some("date-time") => "时刻(UTC,`Z` 结尾)".to_owned(),
        Some("date") => "日期 `YYYY-MM-DD`".to_owned(),
        _ => match (schema["minLength"].as_u64(), schema["maxLength"].as_u64()) {
            (Some(least), Some(most)) => format!("文本({least}–{most} 字)"),
            (None, Some(most)) => format!("文本(不超过 {most} 字)"),
            _ => "文本".to_owned(),
        },
    }
}

fn range(schema: &Value) -> String {
    let end = |key: &str| schema[key].as_f64().filter(|v| v.abs() < 1e9).map(|v| format!("{v}"));
    match (end("minimum"), end("maximum")) {
        (Some(least), Some(most)) => format!("({least}–{most})"),
        (Some(least), None) => format!("(≥ {least})"),
        (None, Some(most)) => format!("(≤ {most})"),
        (None, None) => String::new(),
    }
}
