//! Retention clues: what may bring a member back.
use std::fmt;

use crate::text::{ControlCharacter, check_line, check_lines};

/// Why a text of a clue is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClueError {
    /// Nothing is left after trimming.
    #[error("不能为空")]
    Blank,
    /// Longer than allowed.
    #[error("最多 {0} 字")]
    TooLong(usize),
    /// Control characters (line breaks and tabs are fine in the detail).
    #[error(transparent)]
    Control(#[from] ControlCharacter),
}

/// A clue's words, trimmed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clue {
    category: String,
    summary: String,
    detail: Option<String>,
}

/// Which field was refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// category, summary or detail.
    pub field: &'static str,
    /// Why.
    pub why: ClueError,
}

impl Clue {
    /// Category 1–50, summary 1–200, both in one line; detail up to 2000 characters, a blank one counts as none. Every
    /// refused field is named.
    pub fn new(category: &str, summary: &str, detail: Option<&str>) -> Result<Self, Vec<Refused>> {
        let mut refused = Vec::new();
        let mut check = |field, text: &str, longest, lines| {
            let text = text.trim();
            let fit = if lines { check_lines } else { check_line };
            let why = match text.chars().count() {
                0 => Some(ClueError::Blank),
                n if n > longest => Some(ClueError::TooLong(longest)),
                _ => fit(text).err().map(ClueError::from),
            };
            refused.extend(why.map(|why| Refused { field, why }));
            text.to_owned()
        };
        let (category, summary) =
            (check("category", category, 50, false), check("summary", summary, 200, false));
        let detail =
            detail.filter(|d| !d.trim().is_empty()).map(|detail| check("detail", detail, 2000, true));
        if refused.is_empty() { Ok(Self { category, summary, detail }) } else { Err(refused) }
    }

    /// Kind of clue, the site's own words.
    pub fn category(&self) -> &str {
        &self.category
    }

    /// In one line.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// At length.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded() {
        let clue = Clue::new(" 喜好 ", "只打斯诺克 ", Some("  ")).unwrap();
        assert_eq!((clue.category(), clue.summary(), clue.detail()), ("喜好", "只打斯诺克", None));
        let all = Clue::new("", &"字".repeat(201), Some("a\0")).unwrap_err();
        let named: Vec<_> = all.iter().map(|r| (r.field, r.why)).collect();
        let expected = [
            ("category", ClueError::Blank),
            ("summary", ClueError::TooLong(200)),
            ("detail", ClueError::Control(ControlCharacter)),
        ];
        assert_eq!(named, expected);
        assert!(Clue::new("a", "b\nc", None).is_err());
        assert!(Clue::new("a", "b", Some("c\nd")).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// What is taken fits the columns and holds nothing invisible.
        #[test]
        fn what_is_taken_fits(category in "(\\PC|\\pC){0,60}", summary in "(\\PC|\\pC){0,220}", detail in prop::option::of("(\\PC|\\pC){0,80}")) {
            if let Ok(clue) = Clue::new(&category, &summary, detail.as_deref()) {
                prop_assert!((1..=50).contains(&clue.category().chars().count()));
                prop_assert!((1..=200).contains(&clue.summary().chars().count()));
                prop_assert!(!clue.summary().chars().any(char::is_control));
                prop_assert!(clue.detail().is_none_or(|d| !d.is_empty() && !d.contains('\0')));
            }
        }
    }
}
