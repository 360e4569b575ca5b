use std::{borrow::Cow, str::FromStr};

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use domain::{
    tasks::{TaskStatus, TaskType},
    text,
};
use percent_encoding::percent_decode_str;

use super::past::{AS_OF, Heard};
use crate::{
    answer::PageRequest,
    error::{ApiError, FieldError, Kind},
    state::AppState,
};

/// Ids are JSON numbers, exact below 2^53.
pub const MAX_ID: i64 = (1 << 53) - 1;

/// A query string, read whole: 422 names every parameter that is unknown, given twice or does not fit.
pub struct Params<T>(pub T);

/// What a route takes from its query string.
pub trait FromQuery: Sized {
    /// Takes every parameter that the route knows. `None`: something was refused, and the reader knows what.
    fn read(query: &mut QueryReader) -> Option<Self>;
}

impl<T: FromQuery> FromRequestParts<AppState> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let mut pairs = pairs(parts.uri.query().unwrap_or_default()).ok_or(Kind::Unparsable)?;
        if parts.extensions.get::<Heard>().is_some() {
            pairs.retain(|(name, _)| name != AS_OF);
        }
        let unfit = pairs.iter().filter_map(|(name, value)| {
            text::check_line(value).map_err(|why| FieldError::new(name.as_str(), why)).err()
        });
        let errors = unfit.collect();
        let mut reader = QueryReader { pairs, errors };
        let value = T::read(&mut reader);
        reader.errors.extend(reader.pairs.into_iter().map(|(name, _)| unknown(name)));
        match value {
            Some(value) if reader.errors.is_empty() => Ok(Self(value)),
            _ => Err(ApiError::invalid(reader.errors)),
        }
    }
}

/// Names and values of a query string; `None` where they are not UTF-8.
pub(super) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(Cow::into_owned).ok()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// 422 that names whatever stands in the query string of a request that takes nothing from it; `heard` was read already.
pub(super) fn nothing_in(uri: &Uri, heard: Option<&str>) -> Result<(), ApiError> {
    let pairs = pairs(uri.query().unwrap_or_default()).ok_or(Kind::Unparsable)?;
    let names = pairs.into_iter().map(|(name, _)| name).filter(|name| Some(name.as_str()) != heard);
    let errors: Vec<_> = names.map(unknown).collect();
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
}

fn unknown(name: String) -> FieldError {
    FieldError::new(name, "没有这个参数")
}

/// For routes that take no parameter of their own: whatever else is sent is named in a 422.
#[derive(Clone, Copy, Debug)]
pub struct NoQuery;

impl FromQuery for NoQuery {
    fn read(_: &mut QueryReader) -> Option<Self> {
        Some(Self)
    }
}

/// Names and values of a form, which is written like a query string.
pub(crate) fn form_fields(form: &str) -> Option<Vec<(String, String)>> {
    pairs(form)
}

/// Takes parameters out of a query string and remembers what was wrong with them.
pub struct QueryReader {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl QueryReader {
    /// An optional parameter; a refused one is `None` and remembered.
    pub fn optional<T: FromStr>(&mut self, name: &str, wanted: &str) -> Option<T> {
        let mut found = self.pairs.extract_if(.., |(n, _)| n == name).map(|(_, value)| value);
        let (first, second) = (found.next()?, found.next());
        drop(found);
        if second.is_some() {
            self.refuse(name, "只能出现一次");
            return None;
        }
        first.parse().ok().or_else(|| {
            self.refuse(name, format!("须为{wanted}"));
            None
        })
    }

    /// A parameter that must be there.
    pub fn required<T: FromStr>(&mut self, name: &str, wanted: &str) -> Option<T> {
        if !self.has(name) {
            self.refuse(name, format!("缺少，须为{wanted}"));
        }
        self.optional(name, wanted)
    }

    /// Whether a parameter is there and not taken yet.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }

    /// An optional id.
    pub fn id(&mut self, name: &str) -> Option<i64> {
        self.optional::<Id>(name, "正整数").map(|id| id.0)
    }

    /// An id that must be there.
    pub fn required_id(&mut self, name: &str) -> Option<i64> {
        self.required::<Id>(name, "正整数").map(|id| id.0)
    }

    /// An optional status of a task.
    pub fn task_status(&mut self, name: &str) -> Option<TaskStatus> {
        self.optional(name, &one_of(TaskStatus::ALL))
    }

    /// An optional type of a task.
    pub fn task_type(&mut self, name: &str) -> Option<TaskType> {
        self.optional(name, &one_of(TaskType::ALL))
    }

    /// One of a few words, optional.
    pub fn word(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let given: String = self.optional(name, "文字")?;
        let known = words.iter().copied().find(|word| *word == given);
        if known.is_none() {
            self.refuse(name, format!("须为{}", one_of(words)));
        }
        known
    }

    /// `page` and `pageSize`.
    pub fn page(&mut self) -> Option<PageRequest> {
        let (page, page_size) =
            (self.optional("page", "正整数"), self.optional("pageSize", "1 到 100 的整数"));
        PageRequest::new(page, page_size).map_err(|errors| self.errors.extend(errors)).ok()
    }

    /// Remembers that a parameter is refused.
    pub fn refuse(&mut self, name: &str, reason: impl ToString) {
        self.errors.push(FieldError::new(name, reason));
    }
}

struct Id(i64);

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.parse() {
            Ok(id @ 1..=MAX_ID) => Ok(Self(id)),
            _ => Err(()),
        }
    }
}

fn one_of(names: &[impl ToString]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    format!("以下之一:{}", names.join("、"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever the bytes of a query string, reading it ends, and well-formed pairs come back.
        #[test]
        fn a_query_string_reads_back(name in "[a-zA-Z王&=+%#]{1,5}", value in ".{0,10}") {
            let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
            let query = format!("{}={}", encode(&name), encode(&value));
            prop_assert_eq!(pairs(&query), Some(vec![(name, value)]));
        }

        #[test]
        fn any_query_string_is_read_or_refused(query in "[a&=%+f0-9]{0,20}") {
            pairs(&query);
        }
    }

    #[test]
    fn what_is_not_utf8_is_no_query_string() {
        for bad in ["q=%ff", "q=%c3", "%80=1", "a=1&q=%ed%a0%80"] {
            assert_eq!(pairs(bad), None, "{bad}");
        }
        assert_eq!(pairs(""), Some(vec![]));
        assert_eq!(pairs("a&b=1=2"), Some(vec![("a".into(), String::new()), ("b".into(), "1=2".into())]));
    }
}
