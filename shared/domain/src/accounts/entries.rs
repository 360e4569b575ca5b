//! What people type about themselves.
use crate::text;

/// Something typed that is not accepted; the words are for the one who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A name for the back office.
    #[error("须为 3 到 32 个小写字母、数字、点、横线或下划线，以字母开头")]
    Username,
    /// Too short or too long.
    #[error("密码须为 12 到 128 个字符")]
    PasswordLength,
    /// Guessed first.
    #[error("密码过于简单")]
    PasswordWeak,
    /// A phone number.
    #[error("须为 5 到 20 位数字的电话号码")]
    Phone,
    /// A site's code.
    #[error("须为 2 到 20 位大写字母或数字的门店编码")]
    SiteCode,
    /// An employee number.
    #[error("须为 1 到 50 个字符")]
    EmployeeNumber,
    /// Words that explain a decision.
    #[error("须为 1 到 500 个字符")]
    Reason,
    /// Text with what nobody can type.
    #[error(transparent)]
    Text(#[from] text::ControlCharacter),
}

/// A name for the back office, as typed in.
pub fn username(typed: &str) -> Result<String, EntryError> {
    let name = typed.trim().to_ascii_lowercase();
    let fits = (3..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if fits { Ok(name) } else { Err(EntryError::Username) }
}

/// A new password: long enough to resist guessing, and not the name, one character or a row of neighbours over and over.
pub fn new_password(password: &str, username: &str) -> Result<(), EntryError> {
    text::check_line(password)?;
    let length = password.chars().count();
    if !(12..=128).contains(&length) {
        return Err(EntryError::PasswordLength);
    }
    let lower = password.to_lowercase();
    let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    let steps = lower.chars().zip(lower.chars().skip(1));
    let neighbours = steps.filter(|(a, b)| u32::from(*a).abs_diff(u32::from(*b)) <= 1).count();
    let known = ["password", "123456", "qwerty", "admin", "letmein"]
        .iter()
        .any(|word| lower.contains(word) && length < word.len() + 8);
    if distinct < 6 || neighbours * 2 > length || known || lower.contains(&username.to_lowercase()) {
        return Err(EntryError::PasswordWeak);
    }
    Ok(())
}

/// A phone number: digits, with + in front if given; blanks and hyphens between them are dropped.
pub fn phone(typed: &str) -> Result<String, EntryError> {
    let kept: String = typed.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = kept.strip_prefix('+').unwrap_or(&kept);
    let fits = (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(kept) } else { Err(EntryError::Phone) }
}

/// A site's code, as typed in: small letters are taken for capitals.
pub fn site_code(typed: &str) -> Result<String, EntryError> {
    let code = typed.trim().to_ascii_uppercase();
    let fits =
        (2..=20).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if fits { Ok(code) } else { Err(EntryError::SiteCode) }
}

/// An employee number.
pub fn employee_number(typed: &str) -> Result<String, EntryError> {
    line(typed, 50, EntryError::EmployeeNumber)
}

/// Why somebody was rejected, or what was said on approving.
pub fn reason(typed: &str) -> Result<String, EntryError> {
    text::check_lines(typed)?;
    let kept = typed.trim();
    if (1..=500).contains(&kept.chars().count()) { Ok(kept.to_owned()) } else { Err(EntryError::Reason) }
}

fn line(typed: &str, longest: usize, refused: EntryError) -> Result<String, EntryError> {
    let kept = typed.trim();
    text::check_line(kept)?;
    if (1..=longest).contains(&kept.chars().count()) { Ok(kept.to_owned()) } else { Err(refused) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn passwords_that_are_guessed_first_are_refused() {
        for weak in [
            "aaaaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "1234567890123",
            "password12345",
            "xx-wang-lei-xx-99",
            "121212121212",
            "qwerty-qwert",
        ] {
            assert!(new_password(weak, "wang-lei").is_err(), "{weak}");
        }
        assert_eq!(new_password("short", "x-y"), Err(EntryError::PasswordLength));
        assert_eq!(new_password(&"长".repeat(129), "x-y"), Err(EntryError::PasswordLength));
        assert!(new_password("tab\there is not fine", "x-y").is_err());
        for good in ["correct horse battery", "台球厅的管理员要写长一点的密码", "kT9$vw2!pLq0"]
        {
            assert_eq!(new_password(good, "wang-lei"), Ok(()), "{good}");
        }
    }

    #[test]
    fn names_and_numbers_are_kept_in_one_form() {
        assert_eq!(username(" Wang.Lei-2 ").as_deref(), Ok("wang.lei-2"));
        assert_eq!(phone("+86 139-1234-5678").as_deref(), Ok("+8613912345678"));
        assert_eq!(site_code(" bj01 ").as_deref(), Ok("BJ01"));
        for bad in ["", "ab", "1ab", "王磊磊", "a b c", &"a".repeat(33)] {
            assert_eq!(username(bad), Err(EntryError::Username), "{bad}");
        }
        for bad in ["", "1234", "12345a", "++12345", &"1".repeat(21), "１２３４５"] {
            assert_eq!(phone(bad), Err(EntryError::Phone), "{bad}");
        }
        assert_eq!(employee_number("  "), Err(EntryError::EmployeeNumber));
        assert_eq!(reason(&"长".repeat(501)), Err(EntryError::Reason));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Whatever is accepted is what the database's own checks accept, and is accepted again.
        #[test]
        fn what_is_accepted_fits_the_database(typed in "[ +0-9A-Za-z.\\-_\u{0}\u{7f}王]{0,24}") {
            if let Ok(kept) = phone(&typed) {
                let digits = kept.strip_prefix('+').unwrap_or(&kept);
                prop_assert!(digits.len() >= 5 && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit()));
                prop_assert_eq!(phone(&kept), Ok(kept));
            }
            if let Ok(kept) = site_code(&typed) {
                prop_assert!(kept.len() >= 2 && kept.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
                prop_assert_eq!(site_code(&kept), Ok(kept));
            }
            if let Ok(kept) = username(&typed) {
                prop_assert_eq!(username(&kept), Ok(kept));
            }
            if let Ok(kept) = employee_number(&typed) {
                prop_assert_eq!(text::check_line(&kept), Ok(()));
                prop_assert!(!kept.is_empty());
            }
        }
    }
}
