//! What people do to a task: which state allows which action, and what the action makes of it.
use super::{HistoryAction, TaskStatus};
use crate::text::{ControlCharacter, check_lines};

/// Longest reason for giving a task up or handing it over, in characters, after trimming.
pub const MAX_REASON: usize = 500;

/// Why a task was given up or handed over: 1–500 characters, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

/// Why a reason is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReasonError {
    /// Nothing is left after trimming.
    #[error("原因不能为空")]
    Blank,
    /// Longer than [`MAX_REASON`].
    #[error("原因最多 500 字")]
    TooLong,
    /// Control characters other than line breaks and tabs.
    #[error(transparent)]
    Control(#[from] ControlCharacter),
}

impl Reason {
    /// Trims and checks.
    pub fn new(raw: &str) -> Result<Self, ReasonError> {
        let text = raw.trim();
        match text.chars().count() {
            0 => Err(ReasonError::Blank),
            n if n > MAX_REASON => Err(ReasonError::TooLong),
            _ => {
                check_lines(text)?;
                Ok(Self(text.to_owned()))
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who acts, at the task's site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The coach they are; `None` for staff who coach nobody.
    pub assistant_id: Option<i64>,
    /// Whether every task of the site is theirs to act on (`tasks.site`).
    pub every_task: bool,
}

/// A task as the rule sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its coach.
    pub assistant_id: i64,
    /// Where it stands.
    pub status: TaskStatus,
    /// Pinned to the top.
    pub is_pinned: bool,
    /// Why it was given up: exactly while abandoned.
    pub abandon_reason: Option<String>,
    /// Whether another task of its coach, member and type is active.
    pub twin_active: bool,
}

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// To the top of the list.
    Pin,
    /// Back into line.
    Unpin,
    /// Give it up.
    Abandon(Reason),
    /// Take it up again.
    CancelAbandon,
    /// Hand it to another coach.
    Transfer(HandOver),
}

/// To whom a task is to be handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The coach who gets it.
    pub to: i64,
    /// Why.
    pub reason: Reason,
    /// Whether that coach is bound to an approved user and has not resigned.
    pub works_here: bool,
    /// Whether that coach has an active task of this type for the member.
    pub has_one: bool,
}

/// What becomes of the task, and how history calls it. What an action does not speak of stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The one history row.
    pub action: HistoryAction,
    /// Status after.
    pub status: TaskStatus,
    /// Pin after.
    pub is_pinned: bool,
    /// Reason after.
    pub abandon_reason: Option<String>,
}

/// Why an action is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// Another coach's task.
    #[error("只能操作自己的任务")]
    NotYours,
    /// The action needs an active task.
    #[error("任务已不在进行中，请刷新后重试")]
    NotActive,
    /// Taking up again needs an abandoned task.
    #[error("任务没有被放弃，不能恢复")]
    NotAbandoned,
    /// A task of this type has been made meanwhile.
    #[error("这位会员已有同类的进行中任务，不能恢复")]
    TwinActive,
    /// The coach has it already.
    #[error("任务已属于这位助教")]
    SameCoach,
    /// The coach is not bound, not approved, or has resigned.
    #[error("这位助教不在本店任职，不能接手任务")]
    NotWorking,
    /// The coach has an active task of this type for the member.
    #[error("这位助教已有这位会员的同类任务")]
    HasOne,
}

/// What the action makes of the task; `None`: it is as wanted already, and no history row is written.
///
/// Whose task it is comes first, so that nobody learns a colleague's task's state from a refusal.
pub fn decide(task: &Standing, actor: Actor, action: &Action) -> Result<Option<Change>, Refusal> {
    use TaskStatus::{Abandoned, Active, Transferred};
    if !actor.every_task && actor.assistant_id != Some(task.assistant_id) {
        return Err(Refusal::NotYours);
    }
    let needed = if *action == Action::CancelAbandon { Abandoned } else { Active };
    if task.status != needed {
        return Err(if needed == Active { Refusal::NotActive } else { Refusal::NotAbandoned });
    }
    let pin = |is_pinned: bool, action| {
        let change = Change { action, status: Active, is_pinned, abandon_reason: None };
        Ok((task.is_pinned != is_pinned).then_some(change))
    };
    let status = |action, status, abandon_reason| {
        Ok(Some(Change { action, status, is_pinned: task.is_pinned, abandon_reason }))
    };
    match action {
        Action::Pin => pin(true, HistoryAction::Pinned),
        Action::Unpin => pin(false, HistoryAction::Unpinned),
        Action::Abandon(why) => status(HistoryAction::Abandoned, Abandoned, Some(why.as_str().to_owned())),
        Action::CancelAbandon if task.twin_active => Err(Refusal::TwinActive),
        Action::CancelAbandon => status(HistoryAction::AbandonCancelled, Active, None),
        Action::Transfer(hand) if hand.to == task.assistant_id => Err(Refusal::SameCoach),
        Action::Transfer(hand) if !hand.works_here => Err(Refusal::NotWorking),
        Action::Transfer(hand) if hand.has_one => Err(Refusal::HasOne),
        Action::Transfer(_) => status(HistoryAction::Transferred, Transferred, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason() -> Reason {
        Reason::new("客人搬走了").unwrap()
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            Just(Action::Pin),
            Just(Action::Unpin),
            Just(Action::Abandon(reason())),
            Just(Action::CancelAbandon),
            (1i64..4, any::<bool>(), any::<bool>()).prop_map(|(to, works_here, has_one)| {
                Action::Transfer(HandOver { to, reason: reason(), works_here, has_one })
            }),
        ]
    }

    fn standing() -> impl Strategy<Value = Standing> {
        let status = prop::sample::select(TaskStatus::ALL);
        (1i64..4, status, any::<bool>(), any::<bool>()).prop_map(
            |(assistant_id, status, is_pinned, twin_active)| Standing {
                assistant_id,
                status,
                is_pinned,
                abandon_reason: (status == TaskStatus::Abandoned).then(|| "先前的原因".to_owned()),
                twin_active,
            },
        )
    }

    fn after(task: &Standing, change: Option<Change>) -> Standing {
        match change {
            None => task.clone(),
            Some(Change { status, is_pinned, abandon_reason, .. }) => {
                Standing { status, is_pinned, abandon_reason, ..task.clone() }
            }
        }
    }

    #[test]
    fn a_reason_is_trimmed_and_never_blank() {
        assert_eq!(Reason::new(" \u{3000}\n"), Err(ReasonError::Blank));
        assert_eq!(Reason::new("  出差 \n").unwrap().as_str(), "出差");
        assert_eq!(Reason::new(&"字".repeat(501)), Err(ReasonError::TooLong));
        assert!(Reason::new(&"字".repeat(500)).is_ok());
        for control in ['\0', '\u{7}', '\u{9f}'] {
            assert_eq!(Reason::new(&format!("a{control}b")), Err(ReasonError::Control(ControlCharacter)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Beside the table: who may, which state, and that a refusal or a repetition changes nothing.
        #[test]
        fn states_and_owners_decide(task in standing(), own in prop::option::of(1i64..4), every_task: bool, action in action()) {
            let actor = Actor { assistant_id: own, every_task };
            let decided = decide(&task, actor, &action);
            if !every_task && own != Some(task.assistant_id) {
                prop_assert_eq!(decided, Err(Refusal::NotYours));
                return Ok(());
            }
            let cancels = action == Action::CancelAbandon;
            let wanted = if cancels { TaskStatus::Abandoned } else { TaskStatus::Active };
            if task.status != wanted {
                let refusal = if cancels { Refusal::NotAbandoned } else { Refusal::NotActive };
                prop_assert_eq!(decided, Err(refusal));
                return Ok(());
            }
            match (&action, decided) {
                (Action::Pin, Ok(change)) => prop_assert_eq!(change.is_none(), task.is_pinned),
                (Action::Unpin, Ok(change)) => prop_assert_eq!(change.is_none(), !task.is_pinned),
                (Action::Abandon(why), Ok(Some(change))) => {
                    prop_assert_eq!(change.status, TaskStatus::Abandoned);
                    prop_assert_eq!(change.abandon_reason.as_deref(), Some(why.as_str()));
                }
                (Action::CancelAbandon, Ok(Some(change))) => {
                    prop_assert!(!task.twin_active);
                    prop_assert_eq!((change.status, change.abandon_reason), (TaskStatus::Active, None));
                }
                (Action::CancelAbandon, Err(refusal)) => {
                    prop_assert!(task.twin_active && refusal == Refusal::TwinActive);
                }
                (Action::Transfer(hand), Ok(Some(change))) => {
                    prop_assert!(hand.to != task.assistant_id && hand.works_here && !hand.has_one);
                    prop_assert_eq!(change.status, TaskStatus::Transferred);
                }
                (Action::Transfer(hand), Err(refusal)) => {
                    let expected = if hand.to == task.assistant_id { Refusal::SameCoach }
                        else if !hand.works_here { Refusal::NotWorking } else { Refusal::HasOne };
                    prop_assert_eq!(refusal, expected);
                }
                (action, decided) => prop_assert!(false, "{action:?}: {decided:?}"),
            }
        }

        /// A change leaves the reason exactly while abandoned, and only pins touch the pin.
        #[test]
        fn a_change_keeps_what_it_is_not_about(task in standing(), action in action()) {
            let actor = Actor { assistant_id: None, every_task: true };
            if let Ok(Some(change)) = decide(&task, actor, &action) {
                prop_assert_eq!(change.status == TaskStatus::Abandoned, change.abandon_reason.is_some());
                if !matches!(action, Action::Pin | Action::Unpin) {
                    prop_assert_eq!(change.is_pinned, task.is_pinned);
                }
            }
        }

        /// Abandoning and taking up again is no change at all, but for what history keeps.
        #[test]
        fn abandoning_and_taking_up_again_is_a_round_trip(task in standing(), why in "\\PC{1,40}") {
            let actor = Actor { assistant_id: None, every_task: true };
            let task = Standing { status: TaskStatus::Active, abandon_reason: None, twin_active: false, ..task };
            let Ok(why) = Reason::new(&why) else { return Ok(()) };
            let abandoned = after(&task, decide(&task, actor, &Action::Abandon(why)).unwrap());
            prop_assert_eq!(abandoned.status, TaskStatus::Abandoned);
            let back = after(&abandoned, decide(&abandoned, actor, &Action::CancelAbandon).unwrap());
            prop_assert_eq!(back, task);
        }
    }
}
