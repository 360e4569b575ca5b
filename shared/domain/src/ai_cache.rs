//! What the AI last said, and of whom: types and targets of `biz.ai_cache`.
use serde_json::Value;

/// An answer of the AI that is kept, by what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AiTarget {
    /// `app4_analysis` of a member.
    Analysis(i64),
    /// `app5_talking_points` of a coach for a member.
    TalkingPoints {
        /// Coach.
        assistant_id: i64,
        /// Member.
        member_id: i64,
    },
    /// `app8_consolidate` of a member.
    Consolidation(i64),
}

/// What is kept nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// No such type.
    #[error("须为以下之一:app4_analysis、app5_talking_points、app8_consolidate")]
    Type,
    /// Not a member's id.
    #[error("须为会员编号（正整数）")]
    Member,
    /// Not a pair.
    #[error("须为 助教编号:会员编号")]
    Pair,
}

impl AiTarget {
    /// The stored names of the types.
    pub const TYPES: [&str; 3] = ["app4_analysis", "app5_talking_points", "app8_consolidate"];

    /// From the names of the API; ids above `greatest` do not fit.
    pub fn new(cache_type: &str, target: &str, greatest: i64) -> Result<Self, BadTarget> {
        let id = |text: &str| {
            let digits = text.bytes().all(|b| b.is_ascii_digit()).then_some(text)?;
            digits.parse().ok().filter(|id| (1..=greatest).contains(id))
        };
        let member = || id(target).ok_or(BadTarget::Member);
        match cache_type {
            "app4_analysis" => Ok(Self::Analysis(member()?)),
            "app8_consolidate" => Ok(Self::Consolidation(member()?)),
            "app5_talking_points" => {
                let pair = target.split_once(':').and_then(|(coach, member)| Some((id(coach)?, id(member)?)));
                let (assistant_id, member_id) = pair.ok_or(BadTarget::Pair)?;
                Ok(Self::TalkingPoints { assistant_id, member_id })
            }
            _ => Err(BadTarget::Type),
        }
    }

    /// As stored in `cache_type`.
    pub fn cache_type(self) -> &'static str {
        match self {
            Self::Analysis(_) => "app4_analysis",
            Self::TalkingPoints { .. } => "app5_talking_points",
            Self::Consolidation(_) => "app8_consolidate",
        }
    }

    /// As stored in `target_id`.
    pub fn target_id(self) -> String {
        match self {
            Self::Analysis(member_id) | Self::Consolidation(member_id) => member_id.to_string(),
            Self::TalkingPoints { assistant_id, member_id } => format!("{assistant_id}:{member_id}"),
        }
    }

    /// Whom it is about.
    pub fn member_id(self) -> i64 {
        match self {
            Self::Analysis(member_id)
            | Self::Consolidation(member_id)
            | Self::TalkingPoints { member_id, .. } => member_id,
        }
    }

    /// Whom it is for, where it is for one coach alone.
    pub fn assistant_id(self) -> Option<i64> {
        match self {
            Self::TalkingPoints { assistant_id, .. } => Some(assistant_id),
            Self::Analysis(_) | Self::Consolidation(_) => None,
        }
    }
}

/// What application 4 says of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insight {
    /// In a few sentences.
    pub summary: Option<String>,
    /// What to do, most promising first.
    pub strategies: Vec<String>,
}

impl Insight {
    /// Reads a kept answer, `{summary, strategies}`, where a strategy is a text or an object with a `text`; what is
    /// neither is left out. `None`: nothing in it can be shown.
    pub fn read(answer: &Value) -> Option<Self> {
        let words =
            |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let strategies = answer.get("strategies").and_then(Value::as_array).into_iter().flatten();
        let insight = Self {
            summary: answer.get("summary").and_then(words),
            strategies: strategies
                .filter_map(|strategy| words(strategy).or_else(|| strategy.get("text").and_then(words)))
                .collect(),
        };
        (insight != Self::default()).then_some(insight)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const GREATEST: i64 = (1 << 53) - 1;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn a_target_reads_back(coach in 1..=GREATEST, member in 1..=GREATEST) {
            for target in [
                AiTarget::Analysis(member),
                AiTarget::Consolidation(member),
                AiTarget::TalkingPoints { assistant_id: coach, member_id: member },
            ] {
                prop_assert_eq!(AiTarget::new(target.cache_type(), &target.target_id(), GREATEST), Ok(target));
            }
        }

        #[test]
        fn any_target_is_read_or_refused(kind in 0..3usize, target in "[0-9:+ -]{0,20}|\\PC{0,9}") {
            if let Ok(read) = AiTarget::new(AiTarget::TYPES[kind], &target, GREATEST) {
                prop_assert!((1..=GREATEST).contains(&read.member_id()));
                prop_assert_eq!(read.cache_type(), AiTarget::TYPES[kind]);
            }
        }
    }

    #[test]
    fn what_is_kept_nowhere_is_refused() {
        for (kind, target, why) in [
            ("app6_note_score", "1", BadTarget::Type),
            ("app4_analysis", "0", BadTarget::Member),
            ("app4_analysis", "+1", BadTarget::Member),
            ("app4_analysis", "1:2", BadTarget::Member),
            ("app8_consolidate", "", BadTarget::Member),
            ("app5_talking_points", "1", BadTarget::Pair),
            ("app5_talking_points", "1:", BadTarget::Pair),
            ("app5_talking_points", "1:2:3", BadTarget::Pair),
        ] {
            assert_eq!(AiTarget::new(kind, target, GREATEST), Err(why), "{kind} {target}");
        }
        assert!(AiTarget::new("app4_analysis", "9007199254740992", GREATEST).is_err());
    }

    #[test]
    fn an_insight_is_read_as_far_as_it_can_be() {
        let read = |answer| Insight::read(&answer);
        let full =
            read(json!({ "summary": " 喜欢晚场 ", "strategies": ["约周五", { "text": "送台费" }, 7, " "] }));
        assert_eq!(
            full,
            Some(Insight {
                summary: Some("喜欢晚场".into()),
                strategies: vec!["约周五".into(), "送台费".into()]
            })
        );
        assert_eq!(
            read(json!({ "strategies": ["约周五"] })).map(|i| (i.summary, i.strategies.len())),
            Some((None, 1))
        );
        for nothing in [json!({}), json!([1]), json!("text"), json!({ "summary": 3, "strategies": "no" })] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
    }
}
