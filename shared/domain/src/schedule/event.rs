//! What an event may be that a person fires.
use serde_json::Value;

use crate::text;

/// Longest name of an event, characters.
pub const NAME_LENGTH: usize = 100;
/// Longest key, characters.
pub const KEY_LENGTH: usize = 200;
/// Digits and exponents beyond these are no figure of ours, and the database may refuse them.
const NUMBER_LENGTH: usize = 40;
const EXPONENT: u32 = 300;

/// Why it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Of a name or key.
    #[error("须为 1 到 {0} 个字符，首尾不能有空白")]
    Length(usize),
    /// In a name or key, or anywhere in a payload.
    #[error("不能含有控制字符")]
    ControlCharacter,
    /// In a payload.
    #[error("数字过大、过小或过长")]
    Number,
}

/// A name or key: one line without blanks around it.
pub fn check_word(word: &str, longest: usize) -> Result<(), Unfit> {
    if word.trim() != word || !(1..=longest).contains(&word.chars().count()) {
        return Err(Unfit::Length(longest));
    }
    text::check_line(word).map_err(|_| Unfit::ControlCharacter)
}

/// A payload: whatever the database can keep as `jsonb`.
pub fn check_payload(payload: &Value) -> Result<(), Unfit> {
    let fits = |words: &str| text::check_lines(words).map_err(|_| Unfit::ControlCharacter);
    match payload {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => check_number(&number.to_string()),
        Value::String(words) => fits(words),
        Value::Array(items) => items.iter().try_for_each(check_payload),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            fits(name)?;
            check_payload(value)
        }),
    }
}

fn check_number(digits: &str) -> Result<(), Unfit> {
    let exponent = digits.split_once(['e', 'E']).map_or(Some(0), |(_, e)| e.parse::<i32>().ok());
    match exponent {
        Some(e) if e.unsigned_abs() <= EXPONENT && digits.len() <= NUMBER_LENGTH => Ok(()),
        _ => Err(Unfit::Number),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn payload() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e18..1e18_f64).prop_map(Value::from),
            "[a-z王小明🎱\n\t]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-z_王]{1,6}", inner), 0..4)
                    .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// One bad character or number refuses a payload, however deep and whether in a name or a value.
        #[test]
        fn a_payload_is_refused_for_one_bad_leaf_anywhere(
            good in payload(), depth in 0usize..6, bad in prop::sample::select(vec!["text", "name", "number"]),
        ) {
            prop_assert_eq!(check_payload(&good), Ok(()));
            let (mut spoiled, wanted) = match bad {
                "text" => (json!({ "a": "x\u{0}y" }), Unfit::ControlCharacter),
                "name" => (json!({ "x\u{0}y": 1 }), Unfit::ControlCharacter),
                _ => (serde_json::from_str("{\"a\": 1e400000}").unwrap(), Unfit::Number),
            };
            for level in 0..depth {
                spoiled = if level % 2 == 0 { json!([good, spoiled]) } else { json!({ "k": spoiled }) };
            }
            prop_assert_eq!(check_payload(&spoiled), Err(wanted));
        }

        #[test]
        fn a_word_has_one_line_and_no_blanks_around_it(word in "[ a-z王\u{7}]{0,12}") {
            let fits = (1..=8).contains(&word.chars().count()) && word.trim() == word && !word.contains('\u{7}');
            prop_assert_eq!(check_word(&word, 8).is_ok(), fits);
        }
    }

    #[test]
    fn numbers_that_a_database_cannot_keep_are_refused() {
        for (digits, fits) in [
            ("0", true),
            ("-1.5e300", true),
            ("1e301", false),
            ("1e-400", false),
            ("1e99999999999", false),
            (&"9".repeat(41), false),
        ] {
            assert_eq!(check_number(digits).is_ok(), fits, "{digits}");
        }
    }
}
