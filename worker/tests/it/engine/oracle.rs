//! The oracle: a site's morning from the rules' text alone, over vectors, with nested loops. It shares types with the
//! code under test (dates, indices, names) and none of its decisions; it is meant to be read beside the rules, not fast.
use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::{
    Calendar, Index,
    tasks::{HistoryAction, Indices, TaskReason, TaskStatus, TaskType, Thresholds},
};
use rust_decimal::Decimal;

/// What names a task in both worlds: ids are the database's alone. The tests never make two of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub assistant_id: i64,
    pub member_id: i64,
    pub task_type: TaskType,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub key: Key,
    pub status: TaskStatus,
    pub priority_score: Option<Index>,
    pub expires_at: Option<DateTime<Utc>>,
    pub is_pinned: bool,
    pub completed_at: Option<DateTime<Utc>>,
    pub completed_task_type: Option<TaskType>,
    /// Any of them may be the parent: the rules do not say which, where one task replaces two.
    pub parents: Vec<Key>,
    pub reason: Option<TaskReason>,
    pub history: Vec<History>,
    pub scores: Vec<Score>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct History {
    pub at: DateTime<Utc>,
    pub action: HistoryAction,
    pub old_status: Option<TaskStatus>,
    pub new_status: Option<TaskStatus>,
    pub old_task_type: Option<TaskType>,
    pub new_task_type: Option<TaskType>,
    pub actor_user_id: Option<i64>,
}

/// What the score was, from when until when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    pub valid_from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub priority_score: Option<Index>,
}

/// A `recall_completed` event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecallCompleted {
    pub task: Key,
    pub service_id: i64,
    pub service_time: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct RuleRow {
    /// False: the default of all sites.
    pub own: bool,
    pub thresholds: Thresholds,
    pub abandon_cooldown_days: i64,
    pub version: i32,
    pub effective_from: NaiveDate,
}

#[derive(Clone, Debug)]
pub struct Binding {
    pub assistant_id: i64,
    pub user_status: &'static str,
}

/// A coach as the warehouse lists them.
#[derive(Clone, Debug)]
pub struct Listed {
    pub assistant_id: i64,
    pub resign_time: Option<DateTime<Utc>>,
    pub assistant_status: &'static str,
}

#[derive(Clone, Debug)]
pub struct Relation {
    pub stat_date: NaiveDate,
    pub assistant_id: i64,
    pub member_id: i64,
    /// As stored; `None` is NULL.
    pub rs: Option<String>,
}

/// A row of the win-back or of the new-customer index.
#[derive(Clone, Debug)]
pub struct MemberIndex {
    pub stat_date: NaiveDate,
    pub member_id: i64,
    pub value: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Service {
    pub service_id: i64,
    pub assistant_id: i64,
    pub member_id: Option<i64>,
    pub create_time: DateTime<Utc>,
    pub void: bool,
}

/// One site, both databases.
#[derive(Clone, Debug)]
pub struct Site {
    pub calendar: Calendar,
    pub rules: Vec<RuleRow>,
    pub bindings: Vec<Binding>,
    pub listed: Vec<Listed>,
    pub relation: Vec<Relation>,
    pub winback: Vec<MemberIndex>,
    pub newconv: Vec<MemberIndex>,
    pub services: Vec<Service>,
    pub tasks: Vec<Task>,
    pub events: Vec<RecallCompleted>,
    /// Tasks that a good note completed: no service did.
    pub noted: Vec<Key>,
}

/// What the run says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Morning {
    Skipped,
    Generated {
        /// Pairs of working coaches with an index that cannot be read, or with nobody.
        bad: Vec<(i64, i64)>,
    },
}

/// An index as stored: missing, readable, or neither.
enum Stored {
    Missing,
    Value(Index),
    Bad,
}

impl Site {
    /// The task generator at `now`.
    pub fn morning(&mut self, now: DateTime<Utc>) -> Morning {
        self.complete_recalls(now);
        let today = self.calendar.business_date(now);
        let Some(s) = self.snapshot_date(today) else { return Morning::Skipped };
        self.close_tasks_of_coaches_who_left(now);
        let mut bad = Vec::new();
        for row in self.relation.clone() {
            // 0 is a walk-in, and no pair.
            if row.stat_date != s || row.member_id == 0 || !self.works(row.assistant_id, now) {
                continue;
            }
            // Below 0 is nobody.
            if row.member_id < 0 {
                bad.push((row.assistant_id, row.member_id));
                continue;
            }
            let wbi = read_member(&self.winback, s, row.member_id);
            let nci = read_member(&self.newconv, s, row.member_id);
            let rs = read(row.rs.as_deref());
            let (Some(wbi), Some(nci), Some(rs)) = (value(wbi), value(nci), value(rs)) else {
                bad.push((row.assistant_id, row.member_id));
                continue;
            };
            self.pair(now, s, row.assistant_id, row.member_id, Indices { wbi, nci, rs });
        }
        Morning::Generated { bad }
    }

    /// Every active recall is completed by the earliest valid service of its pair at or after its creation.
    pub fn complete_recalls(&mut self, now: DateTime<Utc>) {
        for task in &mut self.tasks {
            let recall =
                matches!(task.key.task_type, TaskType::HighPriorityRecall | TaskType::PriorityRecall);
            if task.status != TaskStatus::Active || !recall {
                continue;
            }
            let mut first: Option<&Service> = None;
            for service in &self.services {
                let counts = !service.void
                    && service.assistant_id == task.key.assistant_id
                    && service.member_id == Some(task.key.member_id)
                    && service.create_time >= task.key.created_at;
                let earlier = first.is_none_or(|f| {
                    (service.create_time, service.service_id) < (f.create_time, f.service_id)
                });
                if counts && earlier {
                    first = Some(service);
                }
            }
            let Some(service) = first else { continue };
            task.status = TaskStatus::Completed;
            task.completed_at = Some(service.create_time);
            task.completed_task_type = Some(task.key.task_type);
            task.record(now, HistoryAction::Completed, Some(TaskStatus::Active), TaskStatus::Completed);
            self.events.push(RecallCompleted {
                task: task.key,
                service_id: service.service_id,
                service_time: service.create_time,
            });
        }
    }

    /// The expiry check: not part of the morning, but of the days between.
    pub fn expire(&mut self, now: DateTime<Utc>) {
        for task in &mut self.tasks {
            if task.status == TaskStatus::Active && task.expires_at.is_some_and(|at| at <= now) {
                task.status = TaskStatus::Inactive;
                task.record(now, HistoryAction::Expired, Some(TaskStatus::Active), TaskStatus::Inactive);
            }
        }
    }

    /// S, if the warehouse is fit for it: the newest date of the relation index, at most two days old, which the two
    /// other indices have as well.
    fn snapshot_date(&self, today: NaiveDate) -> Option<NaiveDate> {
        let s = self.relation.iter().map(|r| r.stat_date).filter(|d| *d <= today).max()?;
        let fresh = (today - s).num_days() <= 2;
        let winback = self.winback.iter().any(|r| r.stat_date == s);
        let newconv = self.newconv.iter().any(|r| r.stat_date == s);
        (fresh && winback && newconv).then_some(s)
    }

    /// The site's own newest rule in force, else the default's.
    fn rule(&self, today: NaiveDate) -> &RuleRow {
        self.rules
            .iter()
            .filter(|r| r.effective_from <= today)
            .max_by_key(|r| (r.own, r.effective_from, r.version))
            .expect("the default is always in force")
    }

    fn resigned(&self, assistant_id: i64, now: DateTime<Utc>) -> bool {
        self.listed.iter().any(|l| {
            l.assistant_id == assistant_id
                && (l.assistant_status == "resigned" || l.resign_time.is_some_and(|at| at <= now))
        })
    }

    fn bound(&self, assistant_id: i64) -> bool {
        self.bindings.iter().any(|b| b.assistant_id == assistant_id)
    }

    /// Bound, approved, not resigned. A coach whom the warehouse does not list has not resigned there.
    fn works(&self, assistant_id: i64, now: DateTime<Utc>) -> bool {
        let approved =
            self.bindings.iter().any(|b| b.assistant_id == assistant_id && b.user_status == "approved");
        approved && !self.resigned(assistant_id, now)
    }

    fn close_tasks_of_coaches_who_left(&mut self, now: DateTime<Utc>) {
        for i in 0..self.tasks.len() {
            let assistant_id = self.tasks[i].key.assistant_id;
            let left = self.resigned(assistant_id, now) || !self.bound(assistant_id);
            if left && self.tasks[i].status == TaskStatus::Active {
                self.tasks[i].status = TaskStatus::Inactive;
                let (was, is) = (Some(TaskStatus::Active), TaskStatus::Inactive);
                self.tasks[i].record(now, HistoryAction::CoachLeft, was, is);
            }
        }
    }

    /// One pair's rules, in the order of the text.
    fn pair(
        &mut self,
        now: DateTime<Utc>,
        s: NaiveDate,
        assistant_id: i64,
        member_id: i64,
        indices: Indices,
    ) {
        let rule = self.rule(self.calendar.business_date(now)).clone();
        let score = if indices.wbi > indices.nci { indices.wbi } else { indices.nci };
        let score = score.unwrap_or_default();
        let Some(wanted) = wanted(score, indices.rs, &rule.thresholds) else { return };
        let Indices { wbi, nci, rs } = indices;
        let thresholds = rule.thresholds;
        let reason = TaskReason { wbi, nci, rs, stat_date: s, thresholds, rule_version: rule.version };
        let of_pair: Vec<usize> = (0..self.tasks.len())
            .filter(|&i| self.tasks[i].key.assistant_id == assistant_id)
            .filter(|&i| self.tasks[i].key.member_id == member_id)
            .collect();
        let active: Vec<usize> =
            of_pair.iter().copied().filter(|&i| self.tasks[i].status == TaskStatus::Active).collect();

        // The same type is active: it stays, and its score and reason follow.
        if let Some(&same) = active.iter().find(|&&i| self.tasks[i].key.task_type == wanted) {
            self.tasks[same].follow(now, score, reason);
            return;
        }
        // Given up or handed on of late.
        if of_pair
            .iter()
            .any(|&i| self.tasks[i].key.task_type == wanted && self.cools_down(&self.tasks[i], now, &rule))
        {
            return;
        }
        // Already back.
        if matches!(wanted, TaskType::HighPriorityRecall | TaskType::PriorityRecall)
            && of_pair.iter().any(|&i| self.came_back_after(&self.tasks[i], s))
        {
            return;
        }
        // Others of the pair: a follow-up stays for its 48 hours, anything else is replaced.
        let mut parents = Vec::new();
        for i in active {
            let task = &mut self.tasks[i];
            if task.key.task_type == TaskType::FollowUpVisit {
                task.expires_at = task.expires_at.or(Some(task.key.created_at + Duration::hours(48)));
            } else {
                task.status = TaskStatus::Inactive;
                task.history.push(History {
                    at: now,
                    action: HistoryAction::TypeChanged,
                    old_status: Some(TaskStatus::Active),
                    new_status: Some(TaskStatus::Inactive),
                    old_task_type: Some(task.key.task_type),
                    new_task_type: Some(wanted),
                    actor_user_id: None,
                });
                parents.push(task.key);
            }
        }
        let replaced = parents.first().map(|p| p.task_type);
        self.tasks.push(Task {
            key: Key { assistant_id, member_id, task_type: wanted, created_at: now },
            status: TaskStatus::Active,
            priority_score: Some(score),
            expires_at: None,
            is_pinned: false,
            completed_at: None,
            completed_task_type: None,
            parents,
            reason: Some(reason),
            history: vec![History {
                at: now,
                action: if replaced.is_some() { HistoryAction::TypeChanged } else { HistoryAction::Created },
                old_status: None,
                new_status: Some(TaskStatus::Active),
                old_task_type: replaced,
                new_task_type: Some(wanted),
                actor_user_id: None,
            }],
            scores: vec![],
        });
    }

    /// Abandoned or transferred on one of the last `abandon_cooldown_days` business dates, and not taken back.
    fn cools_down(&self, task: &Task, now: DateTime<Utc>, rule: &RuleRow) -> bool {
        if !matches!(task.status, TaskStatus::Abandoned | TaskStatus::Transferred) {
            return false;
        }
        let today = self.calendar.business_date(now);
        task.history.iter().any(|h| {
            matches!(h.action, HistoryAction::Abandoned | HistoryAction::Transferred)
                && (today - self.calendar.business_date(h.at)).num_days() < rule.abandon_cooldown_days
        })
    }

    fn came_back_after(&self, task: &Task, s: NaiveDate) -> bool {
        let recall =
            matches!(task.completed_task_type, Some(TaskType::HighPriorityRecall | TaskType::PriorityRecall));
        let by_service = !self.noted.contains(&task.key);
        recall && by_service && task.completed_at.is_some_and(|at| self.calendar.business_date(at) > s)
    }

    /// The monthly statistics of every coach and month, rows of nothing left out: recalls, follow-ups, relationship
    /// building and all created; recalls, follow-ups and all completed; abandoned; transferred.
    pub fn monthly(&self) -> BTreeMap<(i64, NaiveDate), [i32; 9]> {
        let mut months: BTreeMap<_, [i32; 9]> = BTreeMap::new();
        for task in &self.tasks {
            let month = Calendar::month_of(self.calendar.business_date(task.key.created_at));
            let counts = months.entry((task.key.assistant_id, month)).or_default();
            let kind = match task.key.task_type {
                TaskType::HighPriorityRecall | TaskType::PriorityRecall => 0,
                TaskType::FollowUpVisit => 1,
                TaskType::RelationshipBuilding => 2,
            };
            counts[kind] += 1;
            counts[3] += 1;
            match task.status {
                TaskStatus::Completed => {
                    if kind < 2 {
                        counts[4 + kind] += 1;
                    }
                    counts[6] += 1;
                }
                TaskStatus::Abandoned => counts[7] += 1,
                TaskStatus::Transferred => counts[8] += 1,
                TaskStatus::Active | TaskStatus::Inactive => {}
            }
        }
        months
    }
}

impl Task {
    /// A change of status by the system that leaves the type as it is.
    fn record(
        &mut self,
        at: DateTime<Utc>,
        action: HistoryAction,
        old_status: Option<TaskStatus>,
        new_status: TaskStatus,
    ) {
        let task_type = Some(self.key.task_type);
        self.history.push(History {
            at,
            action,
            old_status,
            new_status: Some(new_status),
            old_task_type: task_type,
            new_task_type: task_type,
            actor_user_id: None,
        });
    }

    /// The score and the reason follow the new index; the old score is kept with the time it was right for.
    fn follow(&mut self, now: DateTime<Utc>, score: Index, reason: TaskReason) {
        if self.priority_score != Some(score) {
            let valid_from = self.scores.iter().map(|s| s.until).max().unwrap_or(self.key.created_at);
            self.scores.push(Score { valid_from, until: now, priority_score: self.priority_score });
        }
        self.priority_score = Some(score);
        self.reason = Some(reason);
    }
}

/// Rules 1 to 4.
fn wanted(score: Index, rs: Option<Index>, thresholds: &Thresholds) -> Option<TaskType> {
    if score > thresholds.high {
        return Some(TaskType::HighPriorityRecall);
    }
    if score > thresholds.priority {
        return Some(TaskType::PriorityRecall);
    }
    if rs? < thresholds.relationship {
        return Some(TaskType::RelationshipBuilding);
    }
    None
}

fn read_member(rows: &[MemberIndex], s: NaiveDate, member_id: i64) -> Stored {
    for row in rows {
        if row.stat_date == s && row.member_id == member_id {
            return read(row.value.as_deref());
        }
    }
    Stored::Missing
}

/// NULL is missing; NaN and what lies outside 0 to 10 cannot be read.
fn read(text: Option<&str>) -> Stored {
    let Some(text) = text else { return Stored::Missing };
    let Ok(number) = text.parse::<Decimal>() else { return Stored::Bad };
    if number < Decimal::ZERO || number > Decimal::TEN {
        return Stored::Bad;
    }
    Index::new(number).map_or(Stored::Bad, Stored::Value)
}

/// `None`: bad.
fn value(stored: Stored) -> Option<Option<Index>> {
    match stored {
        Stored::Missing => Some(None),
        Stored::Value(index) => Some(Some(index)),
        Stored::Bad => None,
    }
}
