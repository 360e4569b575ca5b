//! Reading an object field by field, collecting what is wrong instead of stopping at the first.
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{ConfigErrors, FieldError, Problem};

pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(config: &'a Value) -> Result<Self, ConfigErrors> {
        match config.as_object() {
            Some(object) => Ok(Self { object, known: vec![], errors: vec![] }),
            None => Err(ConfigErrors(vec![FieldError {
                field: "trigger_config".into(),
                problem: Problem::NotAnObject(config.to_string()),
            }])),
        }
    }

    /// Notes an error; `None`, so that it can end an expression.
    pub(super) fn fail<T>(&mut self, field: &str, problem: Problem) -> Option<T> {
        self.errors.push(FieldError { field: field.into(), problem });
        None
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.object.get(key)
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)? {
            Value::String(s) if !s.trim().is_empty() => Some(s.clone()),
            other => self.fail(key, Problem::NotText(other.to_string())),
        }
    }

    pub(super) fn number(&mut self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.take(key)?;
        match value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| range.contains(n)) {
            Some(n) => Some(n),
            None => {
                let (from, to) = range.into_inner();
                self.fail(key, Problem::NotANumber { value: value.to_string(), from, to })
            }
        }
    }

    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let value = self.take(key)?;
        match words.iter().find(|(word, _)| value.as_str() == Some(word)) {
            Some((_, meaning)) => Some(*meaning),
            None => {
                let words = words.iter().map(|(word, _)| (*word).to_owned()).collect();
                self.fail(key, Problem::NotAWord { value: value.to_string(), words })
            }
        }
    }

    pub(super) fn required_text(&mut self, key: &'static str) -> Option<String> {
        self.require(key);
        self.text(key)
    }

    pub(super) fn required_number(&mut self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        self.require(key);
        self.number(key, range)
    }

    fn require(&mut self, key: &'static str) {
        if !self.object.contains_key(key) {
            self.fail::<()>(key, Problem::Missing);
        }
    }

    /// Everything that was wrong, unknown keys included: a misspelt option must not look as if it counted.
    pub(super) fn finish(mut self) -> Result<(), ConfigErrors> {
        for key in self.object.keys().filter(|key| !self.known.contains(&key.as_str())) {
            self.errors.push(FieldError { field: key.clone(), problem: Problem::Unknown });
        }
        if self.errors.is_empty() { Ok(()) } else { Err(ConfigErrors(self.errors)) }
    }
}
