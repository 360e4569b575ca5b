//! Links and paths in the documents lead somewhere.
use std::{
    fs,
    path::{Path, PathBuf},
};

use super::root;

/// Where documents are.
const PLACES: &[&str] =
    &["", "docs", "docs/adr", "docs/architecture", "docs/database", "migrations", "deploy"];
/// What a path in a document begins with, if it is one of ours.
const ROOMS: &[&str] =
    &["api/", "worker/", "shared/", "deploy/", "migrations/", "docs/", ".ci/", ".cargo/", ".config/"];

fn documents() -> Vec<PathBuf> {
    let root = root();
    PLACES
        .iter()
        .flat_map(|place| fs::read_dir(root.join(place)).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect()
}

/// Targets of `[text](target)`, without web addresses and fragments.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

/// Paths in backticks, as far as they name one file or directory of ours.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|code| {
        ROOMS.iter().any(|room| code.starts_with(room)) && !code.contains(['*', '<', '{', ' ', '\n', '…'])
    })
}

#[test]
fn links_and_paths_lead_somewhere() {
    let root = root();
    let mut broken = Vec::new();
    let found = documents();
    assert!(found.len() > 20, "only {} documents found in {}", found.len(), root.display());
    for document in found {
        let text = fs::read_to_string(&document).unwrap();
        let here = document.parent().unwrap_or(Path::new(""));
        let missing = links(&text)
            .filter(|target| !here.join(target).exists())
            .chain(paths(&text).filter(|path| !root.join(path).exists()));
        broken.extend(missing.map(|target| format!("{}: {target}", document.display())));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn links_and_paths_are_found() {
    let text = "see [a](docs/x.md#y), [b](https://example.org) and `shared/store/src/lib.rs`, not `docs/<area>.md` or `x/y`";
    assert_eq!(links(text).collect::<Vec<_>>(), ["docs/x.md"]);
    assert_eq!(paths(text).collect::<Vec<_>>(), ["shared/store/src/lib.rs"]);
}
