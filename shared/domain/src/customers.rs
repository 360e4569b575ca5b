//! The customer page: what a search looks for, favourite coaches, days since a visit.
use chrono::NaiveDate;

use crate::RelationIndex;

/// Fewest digits of a phone that a search takes: fewer would let anybody count their way through a mask.
pub const FEWEST_DIGITS: usize = 4;
/// Most digits that a phone has anywhere.
pub const MOST_DIGITS: usize = 15;
/// Longest part of a name, in characters.
pub const LONGEST_NAME: usize = 50;
/// Favourite coaches shown.
pub const FAVOURITES: usize = 10;

/// What a search looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Part of a name, trimmed, not empty.
    Name(String),
    /// Consecutive digits of a phone.
    Digits(String),
}

/// What nobody can be looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSearch {
    /// Nothing but blanks.
    #[error("不能为空")]
    Empty,
    /// Digits, and too few or too many.
    #[error("手机号须为 {FEWEST_DIGITS} 到 {MOST_DIGITS} 位连续数字")]
    Digits,
    /// A name nobody has.
    #[error("姓名最多 {LONGEST_NAME} 字")]
    TooLong,
}

impl Sought {
    /// From what was typed: a number, spaced or with dashes as people write it, is part of a phone; anything else is
    /// part of a name.
    pub fn new(typed: &str) -> Result<Self, BadSearch> {
        let typed = typed.trim();
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if digits.is_empty() {
            return if typed.is_empty() { Err(BadSearch::Empty) } else { Ok(Self::Name(typed.to_owned())) };
        }
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            let fits = (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len());
            return if fits { Ok(Self::Digits(digits)) } else { Err(BadSearch::Digits) };
        }
        if typed.chars().count() > LONGEST_NAME {
            return Err(BadSearch::TooLong);
        }
        Ok(Self::Name(typed.to_owned()))
    }
}

/// The coaches a member likes: those with a relation at all, closest first, equally close ones in the order given; at
/// most [`FAVOURITES`].
pub fn favourites<T>(
    coaches: impl IntoIterator<Item = T>,
    closeness: impl Fn(&T) -> Option<RelationIndex>,
) -> Vec<(RelationIndex, T)> {
    let mut liked: Vec<(RelationIndex, T)> = coaches
        .into_iter()
        .filter_map(|coach| Some((closeness(&coach)?, coach)))
        .filter(|(index, _)| !index.get().is_zero())
        .collect();
    liked.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
    liked.truncate(FAVOURITES);
    liked
}

/// 💖 from 0.7 on, else 💛.
pub fn favourite_emoji(relation: RelationIndex) -> &'static str {
    if relation.get() >= rust_decimal::Decimal::new(7, 1) { "💖" } else { "💛" }
}

/// Business days from the last visit to today, never below 0.
pub fn days_since_visit(today: NaiveDate, last_visit: NaiveDate) -> i64 {
    (today - last_visit).num_days().max(0)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn relation(ten_thousandths: i64) -> RelationIndex {
        RelationIndex::new(Decimal::new(ten_thousandths, 4)).unwrap()
    }

    #[test]
    fn numbers_are_phones_and_the_rest_are_names() {
        let digits = |typed: &str| Sought::new(typed) == Ok(Sought::Digits("13912345678".into()));
        assert!(["13912345678", " 139 1234 5678 ", "139-1234-5678"].into_iter().all(digits));
        for name in ["小雨", "雨", "O'Neil", "%_", "阿7", "1234a", "-"] {
            assert_eq!(Sought::new(&format!(" {name} ")), Ok(Sought::Name(name.into())));
        }
        for (bad, why) in [
            ("", BadSearch::Empty),
            ("   ", BadSearch::Empty),
            ("139", BadSearch::Digits),
            ("1-3-9", BadSearch::Digits),
            ("1234567890123456", BadSearch::Digits),
        ] {
            assert_eq!(Sought::new(bad), Err(why), "{bad}");
        }
        assert_eq!(Sought::new(&"雨".repeat(50)), Ok(Sought::Name("雨".repeat(50))));
        assert_eq!(Sought::new(&"雨".repeat(51)), Err(BadSearch::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever is typed, no search goes by fewer than four digits, and none by nothing.
        #[test]
        fn no_search_is_by_fewer_than_four_digits(typed in "[0-9 -]{0,9}|\\PC{0,60}") {
            match Sought::new(&typed) {
                Ok(Sought::Digits(digits)) => {
                    prop_assert!(digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_digit()));
                }
                Ok(Sought::Name(name)) => {
                    prop_assert!(!name.trim().is_empty() && name.chars().count() <= LONGEST_NAME);
                    prop_assert!(!name.bytes().all(|b| b.is_ascii_digit()));
                }
                Err(_) => {}
            }
        }

        /// 属性 4:favoriteCoaches 排序不变量
        #[test]
        fn property_rns12_04_favourite_coaches_order(indices in prop::collection::vec(prop::option::of(0i64..=10_000), 0..40)) {
            let coaches: Vec<_> = indices.iter().map(|i| i.map(relation)).enumerate().collect();
            let liked = favourites(coaches.clone(), |(_, index)| *index);
            prop_assert!(liked.windows(2).all(|pair| pair[0].0 >= pair[1].0));
            prop_assert!(liked.windows(2).all(|pair| pair[0].0 > pair[1].0 || pair[0].1.0 < pair[1].1.0));
            let related = indices.iter().flatten().filter(|index| **index > 0).count();
            prop_assert_eq!(liked.len(), related.min(FAVOURITES));
            // Nobody who was left out is closer than the last who was not.
            if let Some((last, _)) = liked.last() {
                let better = coaches.iter().filter(|(_, index)| index.is_some_and(|i| i > *last)).count();
                prop_assert!(better < liked.len());
            }
        }

        /// 属性 8:daysSinceVisit 计算正确性
        #[test]
        fn property_rns12_08_days_since_visit(ago in 0u64..20_000, after in 0u64..3) {
            let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
            prop_assert_eq!(days_since_visit(today, today - Days::new(ago)), i64::try_from(ago).unwrap());
            prop_assert_eq!(days_since_visit(today, today + Days::new(after)), 0);
        }

        /// 属性 9:emoji 映射正确性 (the customer page's two levels)
        #[test]
        fn property_rns12_09_favourite_emoji(index in 0i64..=10_000) {
            prop_assert_eq!(favourite_emoji(relation(index)), if index >= 7_000 { "💖" } else { "💛" });
        }
    }
}
