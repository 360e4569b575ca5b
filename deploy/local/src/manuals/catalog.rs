//! What a database says about itself.
use anyhow::{Context as _, Result};
use serde::Deserialize;
use sqlx::PgPool;
use testing::provision::Kind;

use super::area::Area;

/// Tables, views and functions that are ours.
#[derive(Debug, Deserialize)]
pub struct Catalog {
    /// By schema and name.
    pub tables: Vec<Table>,
    /// By schema and name.
    pub functions: Vec<Function>,
}

/// A table or view.
#[derive(Debug, Deserialize)]
pub struct Table {
    pub schema: String,
    pub name: String,
    pub view: bool,
    pub comment: Option<String>,
    /// `forced` or `enabled`; `None` = off.
    pub row_security: Option<String>,
    pub columns: Vec<Column>,
    pub constraints: Vec<Named>,
    /// Those that no constraint stands for.
    pub indexes: Vec<Named>,
    pub policies: Vec<Policy>,
    pub triggers: Vec<Named>,
    /// Of roles other than the owner.
    pub grants: Vec<Grant>,
}

#[derive(Debug, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: String,
    pub nullable: bool,
    pub default: Option<String>,
    pub comment: Option<String>,
}

/// A constraint, index or trigger.
#[derive(Debug, Deserialize)]
pub struct Named {
    pub name: String,
    pub definition: String,
}

#[derive(Debug, Deserialize)]
pub struct Policy {
    pub name: String,
    pub command: String,
    /// `None` = everyone.
    pub roles: Option<Vec<String>>,
    pub sees: Option<String>,
    pub writes: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Grant {
    pub role: String,
    pub privileges: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Function {
    pub schema: String,
    pub name: String,
    pub arguments: String,
    pub result: String,
    pub comment: Option<String>,
    /// Whose rights it runs with, if not its caller's.
    pub definer: Option<String>,
    pub callers: Vec<String>,
}

impl Catalog {
    /// Reads it in one statement.
    pub async fn read(pool: &PgPool) -> Result<Self> {
        let json: serde_json::Value = sqlx::query_scalar(include_str!("catalog.sql"))
            .fetch_one(pool)
            .await
            .context("cannot read the catalog")?;
        serde_json::from_value(json).context("catalog.sql and catalog.rs differ")
    }

    /// The tables of an area.
    pub fn tables_of(&self, area: Area) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(move |t| Area::of(area.database(), &t.schema, &t.name) == Some(area))
    }

    /// The functions of an area.
    pub fn functions_of(&self, area: Area) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |f| Area::of(area.database(), &f.schema, &f.name) == Some(area))
    }

    /// Everything that has no comment or no manual, each with its full name.
    pub fn gaps(&self, kind: Kind) -> Vec<String> {
        let mut gaps = Vec::new();
        let mut gap = |name: String, comment: Option<&String>, covered: bool| {
            if comment.is_none_or(|text| text.trim().is_empty()) {
                gaps.push(format!("{name} has no comment"));
            }
            if !covered {
                gaps.push(format!("{name} is in no manual: add it to deploy/local/src/manuals/area.rs"));
            }
        };
        for table in &self.tables {
            let name = format!("{}.{}", table.schema, table.name);
            gap(name.clone(), table.comment.as_ref(), Area::of(kind, &table.schema, &table.name).is_some());
            for column in &table.columns {
                gap(format!("{name}.{}", column.name), column.comment.as_ref(), true);
            }
        }
        for function in &self.functions {
            let covered = Area::of(kind, &function.schema, &function.name).is_some();
            gap(format!("{}.{}()", function.schema, function.name), function.comment.as_ref(), covered);
        }
        gaps
    }
}
