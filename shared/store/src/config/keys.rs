//! The merged key table, and reading typed values out of it so that an error can say where a value came from.
use std::{collections::HashMap, fmt::Display, ops::RangeInclusive, path::Path, str::FromStr};

use config::{Environment, File, FileFormat, Map, Value, ValueKind};

use super::{DEFAULTS, Secret};

const ENVIRONMENT: &str = "the environment";

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file given by `--config` cannot be read.
    #[error("cannot read configuration file {path}: {source}")]
    File {
        /// As given.
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// A source is not TOML, or not of the `[section] key = value` shape.
    #[error("cannot parse configuration: {0}")]
    Parse(String),
    /// A key that no program knows.
    #[error("unknown key `{key}` in {origin}; known keys of this section: {known}")]
    Unknown {
        /// As written, `section.key`.
        key: String,
        /// File or environment variable.
        origin: String,
        /// Comma-separated, empty when the section itself is unknown.
        known: String,
    },
    /// A value that cannot be used.
    #[error("{key} = {value} ({origin}): {problem}")]
    Invalid {
        /// `section.key`.
        key: String,
        /// As given; `***` for a secret.
        value: String,
        /// File or environment variable.
        origin: String,
        /// What is wrong, and what is accepted.
        problem: String,
    },
    /// A value that this program cannot do without.
    #[error("{key} is not set: {why}; set it in the --config file or as {}", env_name(key))]
    Missing {
        /// `section.key`.
        key: &'static str,
        /// What needs it.
        why: &'static str,
    },
}

fn env_name(key: &str) -> String {
    format!("ZQYY__{}", key.replace('.', "__").to_uppercase())
}

/// Defaults, file and environment in one table.
pub(super) struct Keys {
    merged: Map<String, Value>,
}

impl Keys {
    /// Reads the sources; `environment` stands in for the process's own.
    pub(super) fn read(
        file: Option<&Path>,
        environment: Option<HashMap<String, String>>,
    ) -> Result<Self, ConfigError> {
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml);
        let mut builder = config::Config::builder().add_source(defaults.clone());
        if let Some(path) = file {
            // Read once here: the crate reports a missing file as "not found" without the system's reason.
            std::fs::File::open(path)
                .map_err(|source| ConfigError::File { path: path.display().to_string(), source })?;
            builder = builder.add_source(File::from(path).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("ZQYY")
            .prefix_separator("__")
            .separator("__")
            .source(environment.map(Map::from_iter));
        let parse = |e: config::ConfigError| ConfigError::Parse(e.to_string());
        let known = config::Config::builder().add_source(defaults).build().map_err(parse)?;
        let merged = builder.add_source(environment).build().map_err(parse)?;
        let known = flatten(known.cache.into_table().map_err(parse)?);
        let merged = flatten(merged.cache.into_table().map_err(parse)?);
        let unknown = merged.iter().filter(|(key, _)| !known.contains_key(*key)).min_by_key(|(key, _)| *key);
        if let Some((key, value)) = unknown {
            let section = key.split('.').next().unwrap_or(key);
            let mut siblings: Vec<&str> = known
                .keys()
                .filter_map(|k| k.split_once('.').filter(|(s, _)| *s == section))
                .map(|(_, k)| k)
                .collect();
            siblings.sort_unstable();
            return Err(ConfigError::Unknown {
                key: key.clone(),
                origin: origin(key, value),
                known: siblings.join(", "),
            });
        }
        let keys = Self { merged };
        // A section overwritten by a scalar (ZQYY__API=…) takes its keys away.
        match known.keys().find(|key| !keys.merged.contains_key(*key)) {
            Some(key) => Err(ConfigError::Parse(format!("`{key}` is gone: its section is not a table"))),
            None => Ok(keys),
        }
    }

    /// An error about a key's value.
    pub(super) fn invalid(&self, key: &str, problem: impl Display) -> ConfigError {
        self.refuse(key, &self.raw(key), problem)
    }

    /// An error about a secret: its value stays out.
    pub(super) fn invalid_secret(&self, key: &str, problem: impl Display) -> ConfigError {
        self.refuse(key, "***", problem)
    }

    fn refuse(&self, key: &str, value: &str, problem: impl Display) -> ConfigError {
        ConfigError::Invalid {
            key: key.to_owned(),
            value: value.to_owned(),
            origin: self.merged.get(key).map_or_else(String::new, |value| origin(key, value)),
            problem: problem.to_string(),
        }
    }

    fn raw(&self, key: &str) -> String {
        let value = self.merged.get(key).cloned();
        value.and_then(|value| value.into_string().ok()).unwrap_or_default().trim().to_owned()
    }

    /// Text; `None` when empty.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        Some(self.raw(key)).filter(|text| !text.is_empty())
    }

    /// Anything that parses from text.
    pub(super) fn parse<T: FromStr<Err: Display>>(&self, key: &str, wanted: &str) -> Result<T, ConfigError> {
        self.raw(key).parse().map_err(|e| self.invalid(key, format!("{e}; {wanted} is needed")))
    }

    /// A whole number within bounds.
    pub(super) fn number<T>(&self, key: &str, bounds: RangeInclusive<T>) -> Result<T, ConfigError>
    where
        T: FromStr<Err: Display> + PartialOrd + Display,
    {
        let wanted = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let number = self.parse(key, &wanted)?;
        if bounds.contains(&number) {
            Ok(number)
        } else {
            Err(self.invalid(key, format!("{wanted} is needed")))
        }
    }

    /// true or false.
    pub(super) fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        self.parse(key, "true or false")
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
        let raw = self.raw(key);
        words.iter().find(|(word, _)| *word == raw).map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.invalid(key, format!("one of {} is needed", known.join(", ")))
        })
    }

    /// A secret, from the key itself or from the file that `KEY_file` names (without its last line break).
    pub(super) fn secret(&self, key: &str) -> Result<Option<Secret>, ConfigError> {
        let file_key = format!("{key}_file");
        match (self.text(key), self.text(&file_key)) {
            (Some(_), Some(_)) => {
                Err(self.invalid(&file_key, format!("{key} is set as well; set one of the two")))
            }
            (Some(value), None) => Ok(Some(Secret::new(value))),
            (None, Some(path)) => {
                let value = std::fs::read_to_string(&path).map_err(|e| self.invalid(&file_key, e))?;
                match value.trim_end_matches(['\r', '\n']) {
                    "" => Err(self.invalid(&file_key, "the file is empty")),
                    value => Ok(Some(Secret::new(value.to_owned()))),
                }
            }
            (None, None) => Ok(None),
        }
    }
}

fn origin(key: &str, value: &Value) -> String {
    match value.origin() {
        Some(ENVIRONMENT) => format!("environment variable {}", env_name(key)),
        Some(file) => file.to_owned(),
        None => "built-in default".to_owned(),
    }
}

/// `section.key` → value; what is not in a section keeps its bare name.
fn flatten(sections: Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    for (section, value) in sections {
        match value.kind {
            ValueKind::Table(keys) => {
                flat.extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            _ => drop(flat.insert(section, value)),
        }
    }
    flat
}
