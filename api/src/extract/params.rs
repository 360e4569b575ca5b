use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use domain::tasks::{TaskStatus, TaskType};

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
        let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) else {
            return Err(Kind::Unparsable.into());
        };
        let mut reader = QueryReader { pairs, errors: Vec::new() };
        let value = T::read(&mut reader);
        let unknown = reader.pairs.into_iter().map(|(name, _)| FieldError::new(name, "没有这个参数"));
        reader.errors.extend(unknown);
        match value {
            Some(value) if reader.errors.is_empty() => Ok(Self(value)),
            _ => Err(ApiError::invalid(reader.errors)),
        }
    }
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
        if !self.pairs.iter().any(|(n, _)| n == name) {
            self.refuse(name, format!("缺少,须为{wanted}"));
        }
        self.optional(name, wanted)
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
