//! The Chinese words of the contract, and which of them were used.
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// `words.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chapters, by tag, in their order of the document.
    tags: BTreeMap<String, String>,
    /// Routes, by operationId.
    operations: BTreeMap<String, Operation>,
    /// Fields and parameters, by name, or by `Schema.name` where one schema means something of its own.
    fields: BTreeMap<String, String>,
    #[serde(skip)]
    used: BTreeSet<String>,
    #[serde(skip)]
    missing: BTreeSet<String>,
}

/// A route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// What it does, in a few words.
    pub title: String,
    /// What else to know.
    #[serde(default)]
    pub about: String,
    /// What its own errors mean here, by code.
    #[serde(default)]
    pub errors: BTreeMap<String, String>,
}

impl Words {
    /// A chapter's title.
    pub fn tag(&mut self, tag: &str) -> String {
        self.used.insert(format!("tag {tag}"));
        self.tags.get(tag).cloned().unwrap_or_else(|| {
            self.missing.insert(format!("tag {tag}"));
            tag.to_owned()
        })
    }

    /// A route's words.
    pub fn operation(&mut self, id: &str) -> Operation {
        self.used.insert(format!("operation {id}"));
        self.operations.get(id).cloned().unwrap_or_else(|| {
            self.missing.insert(format!("operation {id}"));
            Operation::default()
        })
    }

    /// What a field means: `owner` is its schema or operation.
    pub fn field(&mut self, owner: &str, name: &str) -> String {
        let own = format!("{owner}.{name}");
        let key = if self.fields.contains_key(&own) { own } else { name.to_owned() };
        self.used.insert(format!("field {key}"));
        self.fields.get(&key).cloned().unwrap_or_else(|| {
            self.missing.insert(format!("field {name} (or {owner}.{name})"));
            String::new()
        })
    }

    /// (what has no words, what words belong to nothing), sorted.
    pub fn verdict(self) -> (Vec<String>, Vec<String>) {
        let all = self.tags.keys().map(|k| format!("tag {k}"));
        let all = all.chain(self.operations.keys().map(|k| format!("operation {k}")));
        let all = all.chain(self.fields.keys().map(|k| format!("field {k}")));
        let unused = all.filter(|key| !self.used.contains(key)).collect();
        (self.missing.into_iter().collect(), unused)
    }
}
