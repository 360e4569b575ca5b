//! Which task a pair deserves, from three indices and the site's thresholds.
use serde::{Deserialize, Serialize};

use super::TaskType;
use crate::Index;

/// The inputs of one pair: win-back, new-customer conversion, relationship strength. `None` = the snapshot has no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indices {
    /// WBI of the member.
    pub wbi: Option<Index>,
    /// NCI of the member.
    pub nci: Option<Index>,
    /// RS of the pair.
    pub rs: Option<Index>,
}

impl Indices {
    /// max(WBI, NCI), missing ones as 0: the task's `priority_score`.
    pub fn priority_score(&self) -> Index {
        self.wbi.unwrap_or_default().max(self.nci.unwrap_or_default())
    }
}

/// The three thresholds of `biz.task_rules`; all inequalities are strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Above it: `high_priority_recall`.
    pub high: Index,
    /// Above it: `priority_recall`. Below `high`.
    pub priority: Index,
    /// RS below it: `relationship_building`.
    pub relationship: Index,
}

/// A site's rules in force on a business date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The thresholds.
    pub thresholds: Thresholds,
    /// Business days for which a pair's abandoned or transferred task of a type is not made again; 0 = off.
    pub abandon_cooldown_days: u32,
    /// `biz.task_rules.version`.
    pub version: i32,
}

/// Rules 1–4: high recall, recall, relationship building, none.
pub fn determine_task_type(indices: &Indices, thresholds: &Thresholds) -> Option<TaskType> {
    let score = indices.priority_score();
    if score > thresholds.high {
        Some(TaskType::HighPriorityRecall)
    } else if score > thresholds.priority {
        Some(TaskType::PriorityRecall)
    } else if indices.rs.is_some_and(|rs| rs < thresholds.relationship) {
        Some(TaskType::RelationshipBuilding)
    } else {
        None
    }
}

/// The heart beside a member's name; 💙 also where RS is missing.
pub fn heart(rs: Option<Index>) -> &'static str {
    match rs.map_or(0, Index::hundredths) {
        851.. => "💖",
        701.. => "🧡",
        501.. => "💛",
        _ => "💙",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    fn index() -> impl Strategy<Value = Option<Index>> {
        // The edges are where strict inequalities go wrong.
        let edge = prop::sample::select(vec![0u16, 499, 500, 501, 599, 600, 601, 700, 701, 850, 851, 1000]);
        prop::option::weighted(0.9, prop_oneof![edge, 0u16..=1000])
            .prop_map(|h| h.map(|h| Index::from_hundredths(h).unwrap()))
    }

    fn thresholds() -> impl Strategy<Value = Thresholds> {
        (1u16..=1000, 0u16..=1000, 0u16..=1000).prop_map(|(high, priority, relationship)| Thresholds {
            high: Index::from_hundredths(high).unwrap(),
            priority: Index::from_hundredths(priority % high).unwrap(),
            relationship: Index::from_hundredths(relationship).unwrap(),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Property 1 「任务类型确定正确性」, restated over decimals.
        #[test]
        fn property_01_task_type_is_determined_correctly(wbi in index(), nci in index(), rs in index(), t in thresholds()) {
            let d = |i: Option<Index>| i.map_or(Decimal::ZERO, Index::get);
            let score = d(wbi).max(d(nci));
            let expected = if score > t.high.get() {
                Some("high_priority_recall")
            } else if score > t.priority.get() {
                Some("priority_recall")
            } else if rs.is_some() && d(rs) < t.relationship.get() {
                Some("relationship_building")
            } else {
                None
            };
            let indices = Indices { wbi, nci, rs };
            prop_assert_eq!(determine_task_type(&indices, &t).map(TaskType::as_str), expected);
            prop_assert_eq!(indices.priority_score().get(), score);
        }

        /// Property 11 「爱心 icon 档位计算」.
        #[test]
        fn property_11_heart_by_relationship_strength(rs in index()) {
            let d = rs.map_or(Decimal::ZERO, Index::get);
            let expected = if d > Decimal::new(85, 1) { "💖" } else if d > Decimal::from(7) { "🧡" }
                else if d > Decimal::from(5) { "💛" } else { "💙" };
            prop_assert_eq!(heart(rs), expected);
        }
    }
}
