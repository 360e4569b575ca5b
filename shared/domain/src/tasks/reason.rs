//! Why the generator made a task: kept with it, and said in one sentence.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Indices, Rule, TaskType, Thresholds};
use crate::Index;

/// `biz.coach_tasks.reason`: the three inputs, the snapshot they are of, and the rule they were held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskReason {
    /// Win-back index of the member; null = no row in the snapshot.
    pub wbi: Option<Index>,
    /// New-customer conversion index of the member.
    pub nci: Option<Index>,
    /// Relationship strength of the pair.
    pub rs: Option<Index>,
    /// The snapshot's date.
    pub stat_date: NaiveDate,
    /// The thresholds in force.
    pub thresholds: Thresholds,
    /// `biz.task_rules.version`.
    pub rule_version: i32,
}

impl TaskReason {
    /// The reason of a task that `rule` makes from `indices`.
    pub fn new(indices: Indices, stat_date: NaiveDate, rule: &Rule) -> Self {
        let Indices { wbi, nci, rs } = indices;
        Self { wbi, nci, rs, stat_date, thresholds: rule.thresholds, rule_version: rule.version }
    }

    /// The inputs.
    pub fn indices(&self) -> Indices {
        Indices { wbi: self.wbi, nci: self.nci, rs: self.rs }
    }

    /// One sentence for the coach.
    pub fn sentence(&self, task_type: TaskType) -> String {
        let Indices { wbi, nci, rs } = self.indices();
        let score = self.indices().priority_score().get();
        // The index that decided; a tie speaks of win-back.
        let which = if wbi.unwrap_or_default() >= nci.unwrap_or_default() {
            "流失召回指数"
        } else {
            "新客转化指数"
        };
        let date = self.stat_date;
        match task_type {
            TaskType::HighPriorityRecall => {
                format!("{which} {score} 高于 {}，请尽快联系（数据截至 {date}）", self.thresholds.high.get())
            }
            TaskType::PriorityRecall => {
                format!(
                    "{which} {score} 高于 {}，建议联系（数据截至 {date}）",
                    self.thresholds.priority.get()
                )
            }
            TaskType::RelationshipBuilding => format!(
                "与您的关系强度 {} 低于 {}，多陪打、多问候（数据截至 {date}）",
                rs.map_or_else(|| "暂无".to_owned(), |rs: Index| rs.get().to_string()),
                self.thresholds.relationship.get()
            ),
            TaskType::FollowUpVisit => "客户刚被召回到店，请回访感受".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(wbi: u16, nci: u16) -> TaskReason {
        let i = |h| Index::from_hundredths(h).unwrap();
        let rule = Rule {
            thresholds: Thresholds { high: i(700), priority: i(500), relationship: i(600) },
            abandon_cooldown_days: 30,
            version: 3,
        };
        let indices = Indices { wbi: Some(i(wbi)), nci: Some(i(nci)), rs: None };
        TaskReason::new(indices, "2026-04-20".parse().unwrap(), &rule)
    }

    #[test]
    fn stored_shape() {
        assert_eq!(
            serde_json::to_string(&reason(750, 0)).unwrap(),
            r#"{"wbi":7.50,"nci":0.00,"rs":null,"statDate":"2026-04-20","thresholds":{"high":7.00,"priority":5.00,"relationship":6.00},"ruleVersion":3}"#
        );
        let back: TaskReason =
            serde_json::from_str(&serde_json::to_string(&reason(750, 0)).unwrap()).unwrap();
        assert_eq!(back, reason(750, 0));
    }

    #[test]
    fn the_sentence_names_the_index_that_decided() {
        let high = TaskType::HighPriorityRecall;
        assert_eq!(
            reason(750, 0).sentence(high),
            "流失召回指数 7.50 高于 7.00，请尽快联系（数据截至 2026-04-20）"
        );
        assert!(reason(0, 900).sentence(high).starts_with("新客转化指数 9.00"));
    }
}
