//! What the pages of a coach show: new customers, past months in words, hearts of the closest members.
use chrono::{Days, Months, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::{Calendar, Hours, Money, Period, RelationIndex, tasks::TaskStatus};

/// How many months the page of a coach looks back, the current one included.
pub const HISTORY_MONTHS: u32 = 6;

/// Whether a member whom the coach served in a period was new then. `first` is the pair's first service by a snapshot of
/// `stat_date`; a pair that the snapshot does not know had its first one later.
/// Without a snapshot up to the eve of the period nobody is known as new.
pub fn is_new_customer(first: Option<NaiveDate>, stat_date: Option<NaiveDate>, period: Period) -> bool {
    match (first, stat_date) {
        (Some(first), _) => (period.first()..=period.last()).contains(&first),
        (None, stat_date) => stat_date.is_some_and(|date| date + Days::new(1) >= period.first()),
    }
}

/// A month of the page of a coach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryMonth {
    /// Its first day.
    pub first: NaiveDate,
    /// Still running: its figures may move.
    pub estimated: bool,
}

/// The last [`HISTORY_MONTHS`] months up to today's, newest first; only today's is estimated.
pub fn history(today: NaiveDate) -> Vec<HistoryMonth> {
    let current = Calendar::month_of(today);
    (0..HISTORY_MONTHS)
        .filter_map(|back| current.checked_sub_months(Months::new(back)))
        .map(|first| HistoryMonth { first, estimated: first == current })
        .collect()
}

/// `22人`
pub fn people(count: i64) -> String {
    format!("{count}人")
}

/// `87.5h`: one place, half away from zero.
pub fn hours_in_words(hours: Hours) -> String {
    let mut shown = hours.get().round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    shown.rescale(1);
    format!("{shown}h")
}

/// `¥6,950`: whole yuan, half away from zero.
pub fn yuan_in_words(amount: Money) -> String {
    let mut whole = amount.get().round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    whole.rescale(0);
    let digits = whole.abs().to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if whole.is_sign_negative() && !whole.is_zero() { "-" } else { "" };
    format!("{sign}¥{grouped}")
}

/// How close one of a coach's closest members is: ❤️ from 0.7 on, 💛 from 0.3 on, else 🤍, also where it is missing.
pub fn top_customer_emoji(relation: Option<RelationIndex>) -> &'static str {
    match relation.map(RelationIndex::get) {
        Some(index) if index >= Decimal::new(7, 1) => "❤️",
        Some(index) if index >= Decimal::new(3, 1) => "💛",
        _ => "🤍",
    }
}

/// Where the page of a coach lists a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskGroup {
    /// Active.
    Visible,
    /// Inactive.
    Hidden,
    /// Abandoned.
    Abandoned,
}

impl TaskGroup {
    /// Every group.
    pub const ALL: [Self; 3] = [Self::Visible, Self::Hidden, Self::Abandoned];

    /// The group of a status; `None`: completed and transferred tasks are listed nowhere there.
    pub fn of(status: TaskStatus) -> Option<Self> {
        match status {
            TaskStatus::Active => Some(Self::Visible),
            TaskStatus::Inactive => Some(Self::Hidden),
            TaskStatus::Abandoned => Some(Self::Abandoned),
            TaskStatus::Completed | TaskStatus::Transferred => None,
        }
    }

    /// The status of its tasks.
    pub fn status(self) -> TaskStatus {
        match self {
            Self::Visible => TaskStatus::Active,
            Self::Hidden => TaskStatus::Inactive,
            Self::Abandoned => TaskStatus::Abandoned,
        }
    }
}

/// What a coach's course is called, by `course_kind`; other kinds as they are.
pub fn course_type(course_kind: &str) -> &str {
    match course_kind {
        "base" => "基础课",
        "bonus" => "激励课",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn figures_are_put_into_words() {
        assert_eq!((people(22), people(0)), ("22人".into(), "0人".into()));
        let hours = |text: &str| hours_in_words(Hours::new(d(text)));
        assert_eq!(
            (hours("87.5"), hours("0"), hours("9.95")),
            ("87.5h".into(), "0.0h".into(), "10.0h".into())
        );
        let yuan = |text: &str| yuan_in_words(Money::new(d(text)));
        assert_eq!(
            (yuan("6950.00"), yuan("0"), yuan("999.50")),
            ("¥6,950".into(), "¥0".into(), "¥1,000".into())
        );
        assert_eq!(
            (yuan("1234567.8"), yuan("-1000"), yuan("-0.2")),
            ("¥1,234,568".into(), "-¥1,000".into(), "¥0".into())
        );
    }

    #[test]
    fn a_year_is_looked_back_over() {
        let months = history("2026-02-01".parse().unwrap());
        let firsts: Vec<String> = months.iter().map(|m| m.first.to_string()).collect();
        assert_eq!(
            firsts,
            ["2026-02-01", "2026-01-01", "2025-12-01", "2025-11-01", "2025-10-01", "2025-09-01"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// historyMonths 排序与预估标记
        #[test]
        fn property_rns12_05_history_months_run_backwards_and_only_the_first_is_estimated(days in 0i32..80_000) {
            let today = NaiveDate::from_num_days_from_ce_opt(710_000 + days).unwrap();
            let months = history(today);
            prop_assert_eq!(months.len(), 6);
            prop_assert_eq!(months[0].first, Calendar::month_of(today));
            for (place, month) in months.iter().enumerate() {
                prop_assert_eq!(month.estimated, place == 0);
            }
            for pair in months.windows(2) {
                prop_assert_eq!(Calendar::next_month(pair[1].first), pair[0].first);
            }
        }

        /// emoji 映射正确性
        #[test]
        fn property_rns12_09_hearts_of_top_customers_by_relation(index in 0i64..=10_000) {
            let shown = top_customer_emoji(Some(RelationIndex::new(Decimal::new(index, 4)).unwrap()));
            let expected = if index >= 7_000 { "❤️" } else if index >= 3_000 { "💛" } else { "🤍" };
            prop_assert_eq!(shown, expected);
            prop_assert_eq!(top_customer_emoji(None), "🤍");
        }

        /// 任务分组正确性: every status has at most one group, and every group one status.
        #[test]
        fn property_rns12_11_groups_share_no_status(picks in proptest::collection::vec(0..TaskStatus::ALL.len(), 0..40)) {
            let tasks: Vec<TaskStatus> = picks.into_iter().map(|pick| TaskStatus::ALL[pick]).collect();
            let grouped: usize =
                TaskGroup::ALL.iter().map(|g| tasks.iter().filter(|s| TaskGroup::of(**s) == Some(*g)).count()).sum();
            let elsewhere = tasks
                .iter()
                .filter(|s| matches!(s, TaskStatus::Completed | TaskStatus::Transferred))
                .count();
            prop_assert_eq!(grouped + elsewhere, tasks.len());
            for group in TaskGroup::ALL {
                prop_assert_eq!(TaskGroup::of(group.status()), Some(group));
            }
        }

        /// With a snapshot of any date of the month, new is whose first service is in the month.
        #[test]
        fn new_customers_are_those_first_served_in_the_month(first in 0u64..90, snapshot in 30u64..59, today in 31u64..59) {
            let day = |n: u64| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(n);
            let february = Period::month(day(31), day(today));
            let first = day(first.min(today));
            let known = (first <= day(snapshot)).then_some(first);
            prop_assert_eq!(is_new_customer(known, Some(day(snapshot)), february), first >= day(31));
            prop_assert!(!is_new_customer(None, None, february));
            // What happened between an older snapshot and the month is not known.
            prop_assert!(!is_new_customer(None, Some(day(29)), february));
        }

        /// Words keep the figure: read back, they are within half a unit of it.
        #[test]
        fn words_keep_the_figure(cents in -100_000_000_000i64..100_000_000_000) {
            let amount = Decimal::new(cents, 2);
            let shown = yuan_in_words(Money::new(amount));
            let read: Decimal = shown.replace(['¥', ','], "").parse().unwrap();
            prop_assert!((read - amount).abs() <= Decimal::new(5, 1), "{}", shown);
            let groups: Vec<&str> = shown.trim_start_matches(['-', '¥']).split(',').collect();
            prop_assert!(groups[1..].iter().all(|g| g.len() == 3) && (1..=3).contains(&groups[0].len()));
        }
    }
}
