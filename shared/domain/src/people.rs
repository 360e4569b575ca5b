//! How people are shown: names and masked phones.

/// Digits of a mainland mobile number; anything shorter is shown without a digit.
const MOBILE: usize = 11;

/// `139****5678`; `****` for what is too short to keep four digits hidden.
pub fn mask_phone(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    // +86 and 0086 say nothing about the member.
    let start = digits.len().checked_sub(MOBILE).filter(|start| matches!(&digits[..*start], "86" | "0086"));
    let digits = &digits[start.unwrap_or_default()..];
    if digits.len() < MOBILE {
        return "****".to_owned();
    }
    format!("{}****{}", &digits[..3], &digits[digits.len() - 4..])
}

/// The nickname, else the real name; blank ones do not count.
pub fn display_name<'a>(nickname: Option<&'a str>, real_name: Option<&'a str>) -> Option<&'a str> {
    [nickname, real_name].into_iter().flatten().map(str::trim).find(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phones_are_masked() {
        assert_eq!(mask_phone("13912345678"), "139****5678");
        assert_eq!(mask_phone("+86 139-1234-5678"), "139****5678");
        assert_eq!(mask_phone("008613912345678"), "139****5678");
        assert_eq!(mask_phone("86391234567"), "863****4567");
        assert_eq!(mask_phone("12345"), "****");
        assert_eq!(mask_phone(""), "****");
    }

    #[test]
    fn names_fall_back() {
        assert_eq!(display_name(Some("小雨"), Some("王雨")), Some("小雨"));
        assert_eq!(display_name(Some("  "), Some("王雨")), Some("王雨"));
        assert_eq!(display_name(None, Some("")), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// At least four digits stay hidden, whatever is stored.
        #[test]
        fn four_digits_stay_hidden(phone in "\\PC{0,24}|[0-9]{0,20}") {
            let digits = |s: &str| s.chars().filter(char::is_ascii_digit).count();
            let shown = mask_phone(&phone);
            prop_assert!(shown == "****" || digits(&shown) == 7 && digits(&phone) >= 11);
            prop_assert!(shown.contains("****"));
        }
    }
}
