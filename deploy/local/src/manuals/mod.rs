//! The table manuals and the consolidated DDL in `docs/database`, generated from migrated databases.
//!
//! A manual is its preface (written by hand) and, for each table of its area, what `COMMENT ON` and the catalog say.
//! Generation fails with the names of all tables, columns and functions that have no comment, and of all tables that no
//! manual covers.
mod area;
mod catalog;
mod ddl;
#[cfg(test)]
mod links;
mod page;
#[cfg(test)]
mod tests;

#[cfg(test)]
fn root() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use testing::{TestDbs, provision::Kind};

use area::Area;
use catalog::Catalog;

/// The major version whose `pg_dump` and catalog functions word the committed files; others word some things otherwise.
pub const MAJOR: u32 = 15;

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// From the root of the checkout.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// Every manual and the DDL of both databases, as the migrations make them now.
///
/// # Errors
/// When something has no comment or no manual (all of it named), or the server is not of major version [`MAJOR`].
pub async fn documents(dbs: &TestDbs, root: &Path) -> Result<Vec<Document>> {
    let found = ddl::server_major(dbs).await?;
    anyhow::ensure!(
        found == MAJOR,
        "manuals and DDL are worded by PostgreSQL {MAJOR}, this server is {found}: set PG_INSTALL_DIR to a {MAJOR}"
    );
    let biz = Catalog::read(dbs.owner()).await?;
    let etl = Catalog::read(dbs.etl_owner()).await?;
    let gaps: Vec<String> = biz.gaps(Kind::Biz).into_iter().chain(etl.gaps(Kind::Etl)).collect();
    anyhow::ensure!(gaps.is_empty(), "the manuals would be incomplete:\n  {}", gaps.join("\n  "));
    let mut documents = Vec::new();
    for area in Area::ALL {
        let preface = root.join(area.preface());
        let preface =
            fs::read_to_string(&preface).with_context(|| format!("cannot read {}", preface.display()))?;
        let catalog = match area.database() {
            Kind::Biz => &biz,
            Kind::Etl => &etl,
        };
        documents.push(Document { path: area.manual(), text: page::manual(area, &preface, catalog) });
    }
    for kind in [Kind::Biz, Kind::Etl] {
        documents.push(Document { path: ddl::path(kind).to_owned(), text: ddl::dump(dbs, kind).await? });
    }
    Ok(documents)
}

/// Writes what differs, and answers which files did.
pub async fn write(dbs: &TestDbs, root: &Path) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for document in documents(dbs, root).await? {
        let path = root.join(&document.path);
        if fs::read_to_string(&path).ok().as_deref() != Some(&document.text) {
            let write = || -> std::io::Result<()> {
                fs::create_dir_all(path.parent().unwrap_or(root))?;
                fs::write(&path, &document.text)
            };
            write().with_context(|| format!("cannot write {}", path.display()))?;
            changed.push(document.path);
        }
    }
    Ok(changed)
}
