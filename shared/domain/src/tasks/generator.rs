//! What one morning changes about a site's tasks. Pure: the same plan serves the generator and its preview.
use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::{Indices, Rule, TaskReason, TaskType, determine_task_type, follow_up::hold_until};
use crate::Index;

/// A coach and a member.
pub type PairKey = (i64, i64);

/// One pair of the newest relation snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// The inputs, or that one of them is not a number in [0, 10].
    pub indices: Result<Indices, BadIndex>,
}

/// An index of the snapshot is NaN or outside [0, 10].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadIndex;

/// How a bound coach stands in the warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Employment {
    /// On the staff list.
    Employed,
    /// Resigned.
    Resigned,
    /// Not on the staff list at all, which is no resignation: worked for, and named in the run's record.
    Unlisted,
}

/// A coach bound to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundCoach {
    /// Coach.
    pub assistant_id: i64,
    /// Whether the bound user is approved; tasks are made for no other.
    pub approved: bool,
    /// In the warehouse.
    pub employment: Employment,
}

/// An active task of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveTask {
    /// `biz.coach_tasks.id`.
    pub id: i64,
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Its type.
    pub task_type: TaskType,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends, if set.
    pub expires_at: Option<DateTime<Utc>>,
    /// Its score.
    pub score: Option<Index>,
    /// Its reason, where the generator made it.
    pub reason: Option<TaskReason>,
}

/// What is there before the morning.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Coaches bound to the site.
    pub coaches: Vec<BoundCoach>,
    /// Every active task of the site, in any order.
    pub active: Vec<ActiveTask>,
    /// Pairs and types abandoned or transferred away within the cool-down.
    pub cooling: HashSet<(PairKey, TaskType)>,
    /// Pairs whose recall was completed by a service dated after the snapshot.
    pub already_back: HashSet<PairKey>,
}

/// A task to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// Coach.
    pub assistant_id: i64,
    /// Member.
    pub member_id: i64,
    /// Type.
    pub task_type: TaskType,
    /// Why.
    pub reason: TaskReason,
    /// Active tasks of other types that it replaces, newest last; the last one becomes its parent.
    pub replaces: Vec<(i64, TaskType)>,
    /// A follow-up that stays beside it, and until when if that has to be set now.
    pub holds: Option<(i64, Option<DateTime<Utc>>)>,
}

/// A task whose score and reason follow the new indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescore {
    /// Task.
    pub task_id: i64,
    /// The new reason, and with it the new score.
    pub reason: TaskReason,
}

/// Everything a morning changes, and what it left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Tasks to make, by pair.
    pub creates: Vec<Create>,
    /// Tasks that follow their indices.
    pub rescores: Vec<Rescore>,
    /// Active tasks of coaches who resigned or are unbound.
    pub leavers: Vec<i64>,
    /// Pairs with an active task of the right type.
    pub kept: u64,
    /// Pairs for which no rule matches.
    pub unmatched: u64,
    /// Pairs skipped in the cool-down.
    pub cooling_down: u64,
    /// Pairs skipped because the member is already back.
    pub already_back: u64,
    /// Coaches of the snapshot who are bound to nobody, or to a user who is not approved.
    pub unbound: BTreeSet<i64>,
    /// Coaches with data that no rule can use, or who are not on the staff list: pairs left out, and why.
    pub bad: BTreeMap<i64, BadCoach>,
}

/// What is wrong with a coach's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCoach {
    /// Pairs left out.
    pub pairs: u64,
    /// Why.
    pub why: &'static str,
}

/// Why a coach's pairs were left out.
const BAD_INDEX: &str = "an index is NaN or outside 0 to 10";
const NOBODY: &str = "a member id that is not above 0";
const UNLISTED: &str = "bound, but not on the warehouse's staff list";

/// Decides a site's morning.
pub fn plan(stat_date: NaiveDate, rule: &Rule, pairs: &[Pair], mut standing: Standing) -> Plan {
    let coaches: BTreeMap<i64, BoundCoach> = standing.coaches.iter().map(|c| (c.assistant_id, *c)).collect();
    standing.active.sort_by_key(|t| (t.assistant_id, t.member_id, t.created_at, t.id));
    let mut plan = Plan { leavers: leavers(&coaches, &standing.active), ..Plan::default() };
    for coach in coaches.values().filter(|c| c.approved && c.employment == Employment::Unlisted) {
        plan.bad.insert(coach.assistant_id, BadCoach { pairs: 0, why: UNLISTED });
    }
    for pair in pairs {
        match coaches.get(&pair.assistant_id) {
            Some(BoundCoach { employment: Employment::Resigned, .. }) => {}
            Some(BoundCoach { approved: true, .. }) => plan.pair(stat_date, rule, pair, &standing),
            Some(BoundCoach { approved: false, .. }) | None => {
                plan.unbound.insert(pair.assistant_id);
            }
        }
    }
    plan
}

impl Plan {
    fn pair(&mut self, stat_date: NaiveDate, rule: &Rule, pair: &Pair, standing: &Standing) {
        if pair.member_id <= 0 {
            return self.left_out(pair.assistant_id, NOBODY);
        }
        let Ok(indices) = pair.indices else { return self.left_out(pair.assistant_id, BAD_INDEX) };
        let Some(task_type) = determine_task_type(&indices, &rule.thresholds) else {
            self.unmatched += 1;
            return;
        };
        let key = (pair.assistant_id, pair.member_id);
        let active = active_of(&standing.active, key);
        let reason = TaskReason::new(indices, stat_date, rule);
        if let Some(same) = active.iter().find(|t| t.task_type == task_type) {
            self.kept += 1;
            if same.reason != Some(reason) || same.score != Some(indices.priority_score()) {
                self.rescores.push(Rescore { task_id: same.id, reason });
            }
        } else if standing.cooling.contains(&(key, task_type)) {
            self.cooling_down += 1;
        } else if task_type.is_recall() && standing.already_back.contains(&key) {
            self.already_back += 1;
        } else {
            let others = active.iter().filter(|t| t.task_type != TaskType::FollowUpVisit);
            let follow_up = active.iter().find(|t| t.task_type == TaskType::FollowUpVisit);
            self.creates.push(Create {
                assistant_id: pair.assistant_id,
                member_id: pair.member_id,
                task_type,
                reason,
                replaces: others.map(|t| (t.id, t.task_type)).collect(),
                holds: follow_up.map(|t| (t.id, t.expires_at.is_none().then(|| hold_until(t.created_at)))),
            });
        }
    }

    fn left_out(&mut self, assistant_id: i64, why: &'static str) {
        self.bad.entry(assistant_id).or_insert(BadCoach { pairs: 0, why }).pairs += 1;
    }
}

fn leavers(coaches: &BTreeMap<i64, BoundCoach>, active: &[ActiveTask]) -> Vec<i64> {
    let left =
        |t: &&ActiveTask| coaches.get(&t.assistant_id).is_none_or(|c| c.employment == Employment::Resigned);
    active.iter().filter(left).map(|t| t.id).collect()
}

/// The pair's slice of tasks sorted by pair.
fn active_of(sorted: &[ActiveTask], key: PairKey) -> &[ActiveTask] {
    let start = sorted.partition_point(|t| (t.assistant_id, t.member_id) < key);
    let rest = &sorted[start..];
    &rest[..rest.partition_point(|t| (t.assistant_id, t.member_id) == key)]
}

/// Snapshots older than this many days are not worked with.
pub const MAX_AGE_DAYS: i64 = 2;

/// Why a site's morning does not take place: the run is `skipped` with these words, and alerted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// The relation index has no snapshot at all.
    #[error("v_dws_member_assistant_relation_index has no snapshot up to {today}")]
    NoSnapshot {
        /// The site's business date.
        today: NaiveDate,
    },
    /// The newest one is too old.
    #[error("the newest relation snapshot is of {stat_date}, more than {MAX_AGE_DAYS} days before {today}")]
    TooOld {
        /// Its date.
        stat_date: NaiveDate,
        /// The site's business date.
        today: NaiveDate,
    },
    /// Another index lacks the relation's date.
    #[error("{view} has no snapshot of {stat_date} (its newest: {})", newest.map_or_else(|| "none".to_owned(), |d| d.to_string()))]
    Incomplete {
        /// The view.
        view: &'static str,
        /// The date that is missing.
        stat_date: NaiveDate,
        /// What it has.
        newest: Option<NaiveDate>,
    },
}

/// The one date S that all indices are taken of, if the warehouse is fit for a morning.
pub fn stat_date(
    today: NaiveDate,
    relation: Option<NaiveDate>,
    winback: Option<NaiveDate>,
    newconv: Option<NaiveDate>,
) -> Result<NaiveDate, Stale> {
    let stat_date = relation.ok_or(Stale::NoSnapshot { today })?;
    if (today - stat_date).num_days() > MAX_AGE_DAYS {
        return Err(Stale::TooOld { stat_date, today });
    }
    for (view, newest) in [("v_dws_member_winback_index", winback), ("v_dws_member_newconv_index", newconv)] {
        if newest != Some(stat_date) {
            return Err(Stale::Incomplete { view, stat_date, newest });
        }
    }
    Ok(stat_date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tasks::Thresholds;

    fn i(hundredths: u16) -> Index {
        Index::from_hundredths(hundredths).unwrap()
    }

    fn rule() -> Rule {
        Rule {
            thresholds: Thresholds { high: i(700), priority: i(500), relationship: i(600) },
            abandon_cooldown_days: 30,
            version: 1,
        }
    }

    fn date() -> NaiveDate {
        "2026-04-20".parse().unwrap()
    }

    fn employed(assistant_id: i64) -> BoundCoach {
        BoundCoach { assistant_id, approved: true, employment: Employment::Employed }
    }

    fn pair(wbi: u16) -> Pair {
        let indices = Indices { wbi: Some(i(wbi)), nci: None, rs: Some(i(900)) };
        Pair { assistant_id: 1, member_id: 2, indices: Ok(indices) }
    }

    fn task(id: i64, task_type: TaskType) -> ActiveTask {
        let created_at = DateTime::from_timestamp(1_776_000_000 + id, 0).unwrap();
        ActiveTask {
            id,
            assistant_id: 1,
            member_id: 2,
            task_type,
            created_at,
            expires_at: None,
            score: None,
            reason: None,
        }
    }

    fn with(active: Vec<ActiveTask>) -> Standing {
        Standing { coaches: vec![employed(1)], active, ..Standing::default() }
    }

    #[test]
    fn the_same_type_stays_and_follows_its_indices() {
        let mut same = task(7, TaskType::HighPriorityRecall);
        let once = plan(date(), &rule(), &[pair(800)], with(vec![same.clone()]));
        assert!(once.creates.is_empty());
        assert_eq!(once.rescores.len(), 1);
        same.reason = Some(once.rescores[0].reason);
        same.score = Some(i(800));
        assert!(plan(date(), &rule(), &[pair(800)], with(vec![same])).rescores.is_empty());
    }

    #[test]
    fn another_type_is_replaced_but_a_follow_up_is_held_once() {
        let relationship = task(7, TaskType::RelationshipBuilding);
        let mut follow_up = task(8, TaskType::FollowUpVisit);
        let made = plan(date(), &rule(), &[pair(800)], with(vec![relationship.clone(), follow_up.clone()]));
        assert_eq!(made.creates[0].replaces, [(7, TaskType::RelationshipBuilding)]);
        assert_eq!(
            made.creates[0].holds,
            Some((8, Some(follow_up.created_at + chrono::Duration::hours(48))))
        );
        follow_up.expires_at = Some(follow_up.created_at);
        let made = plan(date(), &rule(), &[pair(800)], with(vec![relationship, follow_up]));
        assert_eq!(made.creates[0].holds, Some((8, None)));
    }

    #[test]
    fn cool_down_and_a_member_already_back_leave_everything_as_it_is() {
        let mut standing = with(vec![task(7, TaskType::RelationshipBuilding)]);
        standing.cooling.insert(((1, 2), TaskType::HighPriorityRecall));
        let made = plan(date(), &rule(), &[pair(800)], standing);
        assert_eq!((made.creates.len(), made.cooling_down), (0, 1));
        let mut standing = with(vec![]);
        standing.already_back.insert((1, 2));
        let made = plan(date(), &rule(), &[pair(800)], standing);
        assert_eq!((made.creates.len(), made.already_back), (0, 1));
    }

    #[test]
    fn leavers_lose_their_tasks_and_bad_data_is_named() {
        let mut standing = with(vec![task(7, TaskType::PriorityRecall)]);
        standing.coaches[0].employment = Employment::Resigned;
        let made = plan(date(), &rule(), &[pair(800)], standing);
        assert_eq!((made.leavers, made.creates.len()), (vec![7], 0));
        let bad = Pair { indices: Err(BadIndex), ..pair(0) };
        let made = plan(date(), &rule(), &[bad, pair(800)], with(vec![]));
        assert_eq!(made.bad[&1], BadCoach { pairs: 1, why: BAD_INDEX });
        assert_eq!(made.creates.len(), 1);
        let mut standing = with(vec![task(7, TaskType::PriorityRecall)]);
        standing.coaches[0].employment = Employment::Unlisted;
        let made = plan(date(), &rule(), &[pair(800)], standing);
        assert_eq!((made.leavers.len(), made.creates.len(), made.bad[&1].why), (0, 1, UNLISTED));
        let nobody = Pair { member_id: -1, ..pair(800) };
        let made = plan(date(), &rule(), &[nobody, pair(800)], with(vec![]));
        assert_eq!((made.creates.len(), made.bad[&1].why), (1, NOBODY));
        assert_eq!(plan(date(), &rule(), &[pair(800)], Standing::default()).unbound, BTreeSet::from([1]));
    }

    #[test]
    fn a_stale_or_incomplete_warehouse_is_named() {
        let d = |s: &str| s.parse::<NaiveDate>().unwrap();
        let (s, today) = (d("2026-04-18"), d("2026-04-20"));
        assert_eq!(stat_date(today, Some(s), Some(s), Some(s)), Ok(s));
        assert_eq!(stat_date(today, None, None, None), Err(Stale::NoSnapshot { today }));
        let old = d("2026-04-17");
        assert_eq!(
            stat_date(today, Some(old), Some(old), Some(old)),
            Err(Stale::TooOld { stat_date: old, today })
        );
        assert_eq!(
            stat_date(today, Some(s), Some(s), Some(old)).unwrap_err().to_string(),
            "v_dws_member_newconv_index has no snapshot of 2026-04-18 (its newest: 2026-04-17)"
        );
    }

    fn types() -> impl Strategy<Value = Vec<TaskType>> {
        prop::sample::subsequence(TaskType::ALL.to_vec(), 0..=4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Whatever is there, a plan never makes a type that is active, and closes no follow-up.
        #[test]
        fn a_plan_keeps_one_active_task_per_type(wbi in 0u16..=1000, rs in 0u16..=1000, present in types()) {
            let indices = Indices { wbi: Some(i(wbi)), nci: None, rs: Some(i(rs)) };
            let pair = Pair { assistant_id: 1, member_id: 2, indices: Ok(indices) };
            let active: Vec<_> = (1..).zip(&present).map(|(id, t)| task(id, *t)).collect();
            let made = plan(date(), &rule(), &[pair], with(active));
            for create in &made.creates {
                prop_assert!(!present.contains(&create.task_type));
                prop_assert!(create.replaces.iter().all(|(_, t)| *t != TaskType::FollowUpVisit && *t != create.task_type));
            }
            let kept = determine_task_type(&indices, &rule().thresholds).is_some_and(|t| present.contains(&t));
            prop_assert_eq!(made.kept == 1, kept);
        }
    }
}
