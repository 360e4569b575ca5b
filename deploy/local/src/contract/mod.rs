//! `docs/miniprogram-dev/API-contract.md`: the API in Chinese, for those who build the mini-program.
//!
//! Shapes come from the OpenAPI document, words from `words.toml`: generation fails with the names of all operations and
//! fields that have no words, and of all words that belong to nothing.
mod page;
mod schema;
mod words;

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use words::Words;

/// The generated page, from the root of the checkout.
pub const PATH: &str = "docs/miniprogram-dev/API-contract.md";

const PREFACE: &str = "docs/miniprogram-dev/preface.md";
const WORDS: &str = "docs/miniprogram-dev/words.toml";

/// The whole page as the routes are now.
///
/// # Errors
/// When preface or words cannot be read, or words are missing or left over (all of them named).
pub fn document(root: &Path) -> Result<String> {
    let read =
        |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"));
    let mut words: Words =
        toml::from_str(&read(WORDS)?).with_context(|| format!("{WORDS} is not as expected"))?;
    let openapi: Value = serde_json::from_str(&api::cli::document())?;
    let text = page::render(&read(PREFACE)?, &openapi, &mut words);
    let (missing, unused) = words.verdict();
    ensure!(missing.is_empty(), "{WORDS} lacks words for:\n  {}", missing.join("\n  "));
    ensure!(unused.is_empty(), "{WORDS} has words for what the API has not:\n  {}", unused.join("\n  "));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_committed_contract_is_fresh() {
        let fresh = document(&root()).unwrap();
        let committed = fs::read_to_string(root().join(PATH)).unwrap_or_default();
        assert!(fresh == committed, "{PATH} is stale: cargo run -p local -- regenerate");
    }

    #[test]
    fn what_has_no_words_and_words_of_nothing_are_named() {
        let openapi = serde_json::json!({
            "paths": { "/api/xcx/x/{id}": { "get": {
                "operationId": "getX", "tags": ["x"], "security": [{ "token": [] }],
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }],
                "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Answer_X" } } } } }
            } } },
            "components": { "schemas": {
                "Answer_X": { "properties": { "data": { "$ref": "#/components/schemas/X" } } },
                "X": { "properties": { "name": { "type": ["string", "null"] } }, "required": ["name"] }
            } }
        });
        let mut words: Words =
            toml::from_str("[tags]\nx = '甲'\n[operations]\n[fields]\nid = '编号'\nage = '年龄'\n").unwrap();
        let text = page::render("", &openapi, &mut words);
        let (missing, unused) = words.verdict();
        assert_eq!(missing, ["field name (or X.name)", "operation getX"]);
        assert_eq!(unused, ["field age"]);
        assert!(text.contains("| `name` | 文本或 null |"), "{text}");
    }
}
