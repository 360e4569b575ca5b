//! In which order the coach board lists coaches.
use std::{
    cmp::{Ordering, Reverse},
    fmt,
    str::FromStr,
};

use rust_decimal::Decimal;

use crate::Money;

/// The words of the parameter `sort`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CoachOrder {
    /// Most hours first.
    #[default]
    PerfDesc,
    /// Fewest hours first.
    PerfAsc,
    /// Highest pay first.
    SalaryDesc,
    /// Lowest pay first.
    SalaryAsc,
    /// Highest stored balances of paired members first.
    SvDesc,
    /// Lowest stored balances of paired members first.
    SvAsc,
    /// Most tasks done first.
    TaskDesc,
    /// Fewest tasks done first.
    TaskAsc,
}

/// Not one of the words.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("sort is one of perf_desc, perf_asc, salary_desc, salary_asc, sv_desc, sv_asc, task_desc, task_asc")]
pub struct UnknownOrder;

/// What a coach is ordered by. `None` where the figure's source failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Coach; breaks every tie, ascending.
    pub assistant_id: i64,
    /// Hours of the period.
    pub hours: Option<Decimal>,
    /// Pay of the period: gross where it is a month, else course income.
    pub pay: Option<Money>,
    /// Stored balances of paired members.
    pub stored_value: Option<Money>,
    /// Tasks done in the period.
    pub tasks_done: Option<i64>,
}

impl CoachOrder {
    /// Every word.
    pub const ALL: [Self; 8] = [
        Self::PerfDesc,
        Self::PerfAsc,
        Self::SalaryDesc,
        Self::SalaryAsc,
        Self::SvDesc,
        Self::SvAsc,
        Self::TaskDesc,
        Self::TaskAsc,
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerfDesc => "perf_desc",
            Self::PerfAsc => "perf_asc",
            Self::SalaryDesc => "salary_desc",
            Self::SalaryAsc => "salary_asc",
            Self::SvDesc => "sv_desc",
            Self::SvAsc => "sv_asc",
            Self::TaskDesc => "task_desc",
            Self::TaskAsc => "task_asc",
        }
    }

    /// Which of two coaches comes first. A coach without the figure comes last in either direction.
    pub fn compare(self, a: &Standing, b: &Standing) -> Ordering {
        let by_figure = match self {
            Self::PerfDesc => descending(a.hours, b.hours),
            Self::PerfAsc => ascending(a.hours, b.hours),
            Self::SalaryDesc => descending(a.pay, b.pay),
            Self::SalaryAsc => ascending(a.pay, b.pay),
            Self::SvDesc => descending(a.stored_value, b.stored_value),
            Self::SvAsc => ascending(a.stored_value, b.stored_value),
            Self::TaskDesc => descending(a.tasks_done, b.tasks_done),
            Self::TaskAsc => ascending(a.tasks_done, b.tasks_done),
        };
        by_figure.then(a.assistant_id.cmp(&b.assistant_id))
    }
}

fn ascending<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    // `None` sorts below everything; here it belongs at the end.
    a.is_none().cmp(&b.is_none()).then(a.cmp(&b))
}

fn descending<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    ascending(a.map(Reverse), b.map(Reverse))
}

impl FromStr for CoachOrder {
    type Err = UnknownOrder;

    fn from_str(word: &str) -> Result<Self, UnknownOrder> {
        Self::ALL.into_iter().find(|order| order.as_str() == word).ok_or(UnknownOrder)
    }
}

impl fmt::Display for CoachOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn standings() -> impl Strategy<Value = Vec<Standing>> {
        let amount = || option::of((-3i64..3).prop_map(|n| Money::new(n.into())));
        let one = (option::of(0i64..3), amount(), amount(), option::of(0i64..3));
        vec(one, 0..12).prop_map(|rows| {
            let standing = |(assistant_id, (hours, pay, stored_value, tasks_done)): (usize, _)| {
                let hours: Option<i64> = hours;
                Standing {
                    assistant_id: i64::try_from(assistant_id).unwrap(),
                    hours: hours.map(Decimal::from),
                    pay,
                    stored_value,
                    tasks_done,
                }
            };
            rows.into_iter().enumerate().map(standing).collect()
        })
    }

    fn figure(order: CoachOrder, s: &Standing) -> Option<Decimal> {
        match order.as_str().split('_').next() {
            Some("perf") => s.hours,
            Some("salary") => s.pay.map(Money::get),
            Some("sv") => s.stored_value.map(Money::get),
            _ => s.tasks_done.map(Decimal::from),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Figures run in the order asked for, missing ones come last, ids break ties: one order, whatever came in.
        #[test]
        fn coaches_stand_in_one_order(standings in standings()) {
            for order in CoachOrder::ALL {
                let mut sorted = standings.clone();
                sorted.reverse();
                sorted.sort_by(|a, b| order.compare(a, b));
                let descending = order.as_str().ends_with("_desc");
                for pair in sorted.windows(2) {
                    let (a, b) = (figure(order, &pair[0]), figure(order, &pair[1]));
                    let right = match (a, b) {
                        (Some(a), Some(b)) if a != b => (a > b) == descending,
                        (None, Some(_)) => false,
                        (Some(_), None) => true,
                        _ => pair[0].assistant_id < pair[1].assistant_id,
                    };
                    prop_assert!(right, "{order}: {pair:?}");
                }
                prop_assert_eq!(order.as_str().parse::<CoachOrder>(), Ok(order));
            }
        }
    }
}
