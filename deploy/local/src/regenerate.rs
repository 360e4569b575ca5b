//! Everything that is generated from code and schema, written anew: table manuals, DDL, the OpenAPI document.
//!
//! The query cache (`.sqlx`) comes before: this program does not compile without it. `.ci/regenerate` does both.
use crate::{
    cargo,
    console::{self, Step},
    environment, manuals,
};
use anyhow::{Context as _, Result, bail};
use testing::TestDbs;
use tokio::process::Command;

const OPENAPI: &str = "docs/contracts/openapi/backend-api.json";

/// Writes what differs, and names it.
pub async fn run() -> Result<()> {
    let root = environment::checkout();
    let step = Step::begin("Manuals and DDL");
    let dbs = TestDbs::new().await?;
    let mut changed = manuals::write(&dbs, &root).await?;
    step.done("");
    let step = Step::begin("OpenAPI");
    let document = openapi().await?;
    let path = root.join(OPENAPI);
    if std::fs::read_to_string(&path).ok().as_deref() != Some(&document) {
        std::fs::write(&path, document).with_context(|| format!("cannot write {}", path.display()))?;
        changed.push(OPENAPI.into());
    }
    step.done("");
    if changed.is_empty() {
        console::say("everything was up to date");
    }
    changed.iter().for_each(|path| console::say(format!("written: {path}")));
    Ok(())
}

/// What `api openapi` prints.
async fn openapi() -> Result<String> {
    let programs = cargo::build_programs().await?;
    let output = Command::new(&programs.api).arg("openapi").output().await?;
    if !output.status.success() {
        bail!("api openapi failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
