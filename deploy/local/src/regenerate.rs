//! Everything that is generated from code and schema, written anew: table manuals, DDL, the OpenAPI document, the API contract,
//! the metrics.
//!
//! The query cache (`.sqlx`) comes before: this program does not compile without it. `.ci/regenerate` does both.
use crate::{
    console::{self, Step},
    contract, environment, figures, manuals,
};
use anyhow::{Context as _, Result};
use testing::TestDbs;

const OPENAPI: &str = "docs/contracts/openapi/backend-api.json";

/// Writes what differs, and names it.
pub async fn run() -> Result<()> {
    let root = environment::checkout();
    let step = Step::begin("Manuals and DDL");
    let dbs = TestDbs::new().await?;
    let mut changed = manuals::write(&dbs, &root).await?;
    step.done("");
    let step = Step::begin("OpenAPI, API contract and metrics");
    let pages = [
        (OPENAPI, api::cli::document()),
        (contract::PATH, contract::document(&root)?),
        (figures::PATH, figures::page()),
    ];
    for (path, text) in pages {
        let file = root.join(path);
        if std::fs::read_to_string(&file).ok().as_deref() != Some(&text) {
            std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            changed.push(path.into());
        }
    }
    step.done("");
    if changed.is_empty() {
        console::say("everything was up to date");
    }
    changed.iter().for_each(|path| console::say(format!("written: {path}")));
    Ok(())
}
