//! What a note may say, and what kind it is.
use rust_decimal::Decimal;

use crate::{
    tasks::{TaskType, follow_up::DONE_SCORE},
    text::check_lines,
};

/// Longest content, in characters, after trimming.
pub const MAX_CONTENT: usize = 2000;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteTarget {
    /// A member, by `member_id`.
    Member(i64),
    /// A coach, by `assistant_id`.
    Coach(i64),
}

impl NoteTarget {
    /// From the stored pair; `None` for an unknown type or an id that is not positive.
    pub fn new(target_type: &str, id: i64) -> Option<Self> {
        match target_type {
            _ if id <= 0 => None,
            "member" => Some(Self::Member(id)),
            "coach" => Some(Self::Coach(id)),
            _ => None,
        }
    }

    /// The stored name of the type.
    pub fn type_str(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::Coach(_) => "coach",
        }
    }

    /// `member_id` or `assistant_id`.
    pub fn id(self) -> i64 {
        match self {
            Self::Member(id) | Self::Coach(id) => id,
        }
    }
}

/// Kind of a note; follow-ups are what recalls are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteType {
    /// Any other.
    Normal,
    /// Written for a `follow_up_visit` task.
    FollowUp,
}

impl NoteType {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::FollowUp => "follow_up",
        }
    }
}

/// The kind that the linked task makes of a note.
pub fn note_type(linked: Option<TaskType>) -> NoteType {
    match linked {
        Some(TaskType::FollowUpVisit) => NoteType::FollowUp,
        _ => NoteType::Normal,
    }
}

/// Why a value of a note is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// Nothing is left after trimming.
    #[error("内容不能为空")]
    Blank,
    /// Longer than [`MAX_CONTENT`].
    #[error("内容最多 2000 字")]
    TooLong,
    /// NUL, which no text column holds.
    #[error("内容含有无法保存的字符")]
    Unstorable,
    /// Outside 1–5.
    #[error("评分须为 1 到 5 的整数")]
    Rating,
    /// The linked task is another coach's.
    #[error("关联的任务属于其他助教")]
    OtherCoach,
    /// The linked task is about another member, or the note is about a coach.
    #[error("关联的任务不是这位会员的")]
    OtherMember,
}

/// 1–2000 characters, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// Trims and checks.
    pub fn new(raw: &str) -> Result<Self, NoteError> {
        let text = raw.trim();
        match text.chars().count() {
            0 => Err(NoteError::Blank),
            n if n > MAX_CONTENT => Err(NoteError::TooLong),
            _ if text.contains('\0') => Err(NoteError::Unstorable),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 1 to 5 stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating(i16);

impl Rating {
    /// Refuses what is outside 1–5.
    pub fn new(stars: i64) -> Result<Self, NoteError> {
        match i16::try_from(stars) {
            Ok(stars @ 1..=5) => Ok(Self(stars)),
            _ => Err(NoteError::Rating),
        }
    }

    /// The stars.
    pub fn get(self) -> i16 {
        self.0
    }
}

/// The task that a note wants to be linked to.
#[derive(Clone, Copy, Debug)]
pub struct LinkedTask {
    /// Its coach.
    pub assistant_id: i64,
    /// Its member.
    pub member_id: i64,
    /// Its type.
    pub task_type: TaskType,
}

/// Whether an author (as coach, `None` for staff who coach nobody) may link a note on `target` to the task.
pub fn may_link(task: &LinkedTask, author: Option<i64>, target: NoteTarget) -> Result<(), NoteError> {
    if author != Some(task.assistant_id) {
        Err(NoteError::OtherCoach)
    } else if target != NoteTarget::Member(task.member_id) {
        Err(NoteError::OtherMember)
    } else {
        Ok(())
    }
}

/// Whether a note completes the linked task, if that is active. Where AI is configured its score alone decides, and a
/// score of 6 or more does it (`None`: not scored yet); where it is not, a note that carries both ratings does.
pub fn completes_task(ai_configured: bool, ai_score: Option<Decimal>, both_ratings: bool) -> bool {
    if ai_configured { ai_score.is_some_and(|score| score >= DONE_SCORE) } else { both_ratings }
}

/// What AI application 6 says of a note: a score from 1 to 10 with at most two decimals, and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    score: Decimal,
    analysis: String,
}

/// Why an answer of AI application 6 is no verdict.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum VerdictError {
    /// Outside 1–10.
    #[error("the score is not within 1 and 10")]
    Score,
    /// More than two decimals.
    #[error("the score has more than two decimals")]
    Precision,
    /// No words, too many, or characters that no text column holds.
    #[error("the analysis is blank, longer than {MAX_CONTENT} characters, or holds control characters")]
    Analysis,
}

impl Verdict {
    /// Checks; nothing is rounded, clamped or cut.
    pub fn new(score: Decimal, analysis: &str) -> Result<Self, VerdictError> {
        let analysis = analysis.trim();
        if !(Decimal::ONE..=Decimal::TEN).contains(&score) {
            Err(VerdictError::Score)
        } else if score.normalize().scale() > 2 {
            Err(VerdictError::Precision)
        } else if analysis.is_empty()
            || analysis.chars().count() > MAX_CONTENT
            || check_lines(analysis).is_err()
        {
            Err(VerdictError::Analysis)
        } else {
            Ok(Self { score, analysis: analysis.to_owned() })
        }
    }

    /// 1–10.
    pub fn score(&self) -> Decimal {
        self.score
    }

    /// In words.
    pub fn analysis(&self) -> &str {
        &self.analysis
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn content_is_counted_in_characters_after_trimming() {
        assert_eq!(Content::new(" \u{3000}\n"), Err(NoteError::Blank));
        assert_eq!(Content::new("  好 \n").unwrap().as_str(), "好");
        assert!(Content::new(&format!(" {} ", "字".repeat(2000))).is_ok());
        assert_eq!(Content::new(&"字".repeat(2001)), Err(NoteError::TooLong));
        assert_eq!(Content::new("a\0b"), Err(NoteError::Unstorable));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Property 8 「备注类型自动设置」.
        #[test]
        fn property_08_note_type_follows_the_linked_task(
            linked in prop::option::of(prop::sample::select(TaskType::ALL)),
        ) {
            let expected = if linked.map(TaskType::as_str) == Some("follow_up_visit") { "follow_up" } else { "normal" };
            prop_assert_eq!(note_type(linked).as_str(), expected);
        }

        /// Property 9 「星星评分范围约束」.
        #[test]
        fn property_09_ratings_are_one_to_five(stars in prop_oneof![-100i64..=100, any::<i64>()]) {
            prop_assert_eq!(Rating::new(stars).map(|r| i64::from(r.get())).ok(), Some(stars).filter(|s| (1..=5).contains(s)));
        }

        /// Only what is within 1–10 with two decimals, and has words, is a verdict; it is kept as it is.
        #[test]
        fn verdicts_are_one_to_ten(hundredths in -500i64..2000, thousandths in 0i64..10, words in "\\PC{0,20}") {
            let score = Decimal::new(hundredths * 10 + thousandths, 3);
            let sound = (100..=1000).contains(&hundredths) && thousandths == 0 && !words.trim().is_empty();
            let verdict = Verdict::new(score, &words);
            prop_assert_eq!(verdict.is_ok(), sound, "{:?}", verdict);
            if let Ok(verdict) = verdict {
                prop_assert_eq!((verdict.score(), verdict.analysis()), (score, words.trim()));
            }
        }

        /// With AI the score decides and nothing else; without it both ratings do.
        #[test]
        fn the_score_or_the_ratings_complete(ai: bool, score in prop::option::of(100i64..=1000), both: bool) {
            let done = completes_task(ai, score.map(|s| Decimal::new(s, 2)), both);
            prop_assert_eq!(done, if ai { score.is_some_and(|s| s >= 600) } else { both });
        }

        #[test]
        fn only_ones_own_task_on_this_member_is_linked(
            author in prop::option::of(1i64..4), coach in 1i64..4, member in 1i64..4, target in 1i64..4, about_member: bool,
        ) {
            let task = LinkedTask { assistant_id: coach, member_id: member, task_type: TaskType::FollowUpVisit };
            let about = if about_member { NoteTarget::Member(target) } else { NoteTarget::Coach(target) };
            let allowed = author == Some(coach) && about_member && target == member;
            prop_assert_eq!(may_link(&task, author, about).is_ok(), allowed);
        }
    }
}
