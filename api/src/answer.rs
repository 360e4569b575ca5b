//! The shape of every successful answer.
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use domain::{Mode, RuntimeContext};
use serde::Serialize;
use utoipa::ToSchema;

/// `{"code":0,"data":…,"message":"ok","runtime":{"mode":"live","date":"2026-11-22","revised":false}}`
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    /// 0.
    #[schema(minimum = 0, maximum = 0)]
    code: u32,
    /// What was asked for.
    data: T,
    /// ok.
    message: &'static str,
    /// What the figures are of; null where no site is involved.
    runtime: Option<Runtime>,
}

/// Whether the figures are of now or of a past business date.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Runtime {
    /// live or as_of.
    mode: RuntimeMode,
    /// The site's business date that the figures are of.
    date: NaiveDate,
    /// As of a past date: rows of that date or before came, or were voided, after it had ended, so that what was shown
    /// then may differ.
    revised: bool,
}

/// See [`Runtime`].
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RuntimeMode {
    Live,
    AsOf,
}

impl From<&RuntimeContext> for Runtime {
    fn from(ctx: &RuntimeContext) -> Self {
        let mode = match ctx.mode {
            Mode::Live => RuntimeMode::Live,
            Mode::AsOf(_) => RuntimeMode::AsOf,
        };
        Self { mode, date: ctx.today(), revised: ctx.revised }
    }
}

impl<T> Answer<T> {
    /// An answer about a site.
    pub fn new(ctx: &RuntimeContext, data: T) -> Self {
        Self { code: 0, data, message: "ok", runtime: Some(ctx.into()) }
    }

    /// An answer about no site.
    pub fn siteless(data: T) -> Self {
        Self { code: 0, data, message: "ok", runtime: None }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The page's rows.
    pub list: Vec<T>,
    /// Rows on every page together.
    pub total: i64,
    /// From 1.
    pub page: u32,
    /// 1–100.
    pub page_size: u32,
    /// Whether a page follows.
    pub has_more: bool,
}

/// Which page was asked for.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    page: u32,
    page_size: u32,
}

impl PageRequest {
    /// Rows before the page.
    pub fn offset(self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.page_size)
    }

    /// Rows on the page.
    pub fn limit(self) -> i64 {
        self.page_size.into()
    }

    /// From 1.
    pub fn number(self) -> u32 {
        self.page
    }

    /// The page of these rows.
    pub fn of<T>(self, list: Vec<T>, total: i64) -> Page<T> {
        let has_more = total > self.offset() + self.limit();
        Page { list, total, page: self.page, page_size: self.page_size, has_more }
    }

    /// From the query's values, checked: `page` >= 1, `page_size` 1–100 (20).
    pub(crate) fn new(
        page: Option<u32>,
        page_size: Option<u32>,
    ) -> Result<Self, Vec<crate::error::FieldError>> {
        let mut errors = Vec::new();
        let (page, page_size) = (page.unwrap_or(1), page_size.unwrap_or(20));
        if page == 0 {
            errors.push(crate::error::FieldError::new("page", "须不小于 1"));
        }
        if !(1..=100).contains(&page_size) {
            errors.push(crate::error::FieldError::new("pageSize", "须在 1 到 100 之间"));
        }
        if errors.is_empty() { Ok(Self { page, page_size }) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Pages cover the list once, and only the last has no successor.
        #[test]
        fn pages_cover_the_list(total in 0i64..500, page_size in 1u32..=100) {
            let mut covered = 0;
            for page in 1.. {
                let request = PageRequest::new(Some(page), Some(page_size)).unwrap();
                prop_assert_eq!(request.offset(), covered);
                covered += request.limit().min(total - covered).max(0);
                let answer = request.of(Vec::<()>::new(), total);
                prop_assert_eq!(answer.has_more, covered < total);
                if !answer.has_more {
                    break;
                }
            }
            prop_assert_eq!(covered, total);
        }
    }

    #[test]
    fn pages_out_of_range_are_named() {
        let fields = |page, size| -> Vec<&str> {
            PageRequest::new(page, size)
                .err()
                .unwrap_or_default()
                .iter()
                .map(|e| e.field())
                .collect::<Vec<_>>()
                .into_iter()
                .map(|f| if f == "page" { "page" } else { "pageSize" })
                .collect()
        };
        assert_eq!(fields(Some(0), Some(101)), ["page", "pageSize"]);
        assert_eq!(fields(None, None), [""; 0]);
        assert_eq!(fields(Some(u32::MAX), Some(100)), [""; 0]);
    }
}
