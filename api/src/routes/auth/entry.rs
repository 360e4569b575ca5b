//! Fields that several bodies of signing in have.
use domain::{SiteId, text};

use crate::{error::FieldError, extract::MAX_ID};

/// A code, token, name or password as it was sent: 1 to `longest` characters on one line.
pub fn secret(field: &str, sent: &str, longest: usize) -> Result<(), FieldError> {
    if !(1..=longest).contains(&sent.chars().count()) {
        return Err(FieldError::new(field, format!("须为 1 到 {longest} 个字符")));
    }
    text::check_line(sent).map_err(|why| FieldError::new(field, why))
}

/// A site's id.
pub fn site(field: &str, sent: Option<i64>) -> Result<Option<SiteId>, FieldError> {
    match sent {
        Some(id) if !(1..=MAX_ID).contains(&id) => Err(FieldError::new(field, "须为正整数")),
        id => Ok(id.map(SiteId)),
    }
}
