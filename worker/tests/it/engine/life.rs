//! What people do to tasks, what they write, and what comes of it: by the api's and the jobs' own functions in the one
//! world, by the rules' text in the other.
use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use domain::tasks::{
    HistoryAction, TaskStatus, TaskType,
    action::{Action, Reason, Refusal},
    generator::Employment,
};
use store::{
    SiteTx,
    operations::{
        note::score::Judged,
        task::{
            act::{Refused, act},
            follow_up::{FollowedUp, RecallCompleted},
            transfer::{Transfer, transfer},
        },
    },
    site_tx::Access,
};
use testing::{
    FakeAi,
    builders::{self, Note as NoteRow},
    fake_ai::Script,
};
use worker::jobs::{
    follow_ups::{self, Scoring},
    note_score,
};

use super::{
    case::COACHES,
    oracle::{History, Key, Task},
    stage::Hall,
};

/// Who acts: a coach by number, or the manager.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    Coach(usize),
    Manager,
}

/// A note in the model.
#[derive(Clone, Debug)]
struct Note {
    id: i64,
    assistant_id: i64,
    member_id: i64,
    created_at: DateTime<Utc>,
    normal: bool,
    /// Hundredths.
    score: Option<u16>,
    task: Option<Key>,
}

/// A hall with its people and their notes.
pub struct Life<'a, 'h> {
    pub hall: &'h mut Hall<'a>,
    manager: i64,
    notes: Vec<Note>,
    /// Recalls whose follow-up is made, or will never be.
    answered: Vec<Key>,
    pub fake: &'h FakeAi,
    pub ai: &'h dyn ai::Chat,
}

impl<'a, 'h> Life<'a, 'h> {
    pub async fn new(hall: &'h mut Hall<'a>, fake: &'h FakeAi, ai: &'h dyn ai::Chat) -> Self {
        let manager = builders::User::manager(hall.site.0).insert(hall.dbs).await.unwrap();
        Self { hall, manager, notes: vec![], answered: vec![], fake, ai }
    }

    /// One of the tasks, mostly one that is active or given up.
    fn pick(&self, n: usize) -> Option<Key> {
        let open = |t: &Task| matches!(t.status, TaskStatus::Active | TaskStatus::Abandoned);
        self.hall.nth(n / 4, |t| n.is_multiple_of(4) || open(t))
    }

    fn later(&mut self) -> DateTime<Utc> {
        self.hall.now += Duration::seconds(1);
        self.hall.now
    }

    /// The caller's transaction at the hall's time or just after it; `None`: nobody could sign in.
    async fn open(&mut self, who: Who) -> Option<(SiteTx, i64)> {
        let user = match who {
            Who::Manager => self.manager,
            Who::Coach(n) => {
                let coach = COACHES[n];
                let approved = self
                    .hall
                    .oracle
                    .bindings
                    .iter()
                    .any(|b| b.assistant_id == coach && b.user_status == "approved");
                *self.hall.users.get(&coach).filter(|_| approved)?
            }
        };
        let at = self.later();
        let real: DateTime<Utc> =
            sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(self.hall.dbs.owner()).await.unwrap();
        let ahead = (at - real).num_seconds() + 1;
        assert!(ahead > 0, "the hall lives in the future, so that the clock can be set");
        self.hall.dbs.set_clock_offset(ahead).await.unwrap();
        let tx = SiteTx::open(self.hall.dbs.api(), Access::Write, user, self.hall.site, 0).await.unwrap();
        assert!(tx.ctx.now >= at);
        self.hall.now = tx.ctx.now;
        Some((tx, user))
    }

    /// Whether the rules let them: whose the task is, then its state.
    fn refusal(&self, who: Who, task: &Task, action: &Action) -> Option<Refusal> {
        let theirs = match who {
            Who::Manager => true,
            Who::Coach(n) => COACHES[n] == task.key.assistant_id,
        };
        let (active, abandoned) = (task.status == TaskStatus::Active, task.status == TaskStatus::Abandoned);
        match action {
            _ if !theirs => Some(Refusal::NotYours),
            Action::CancelAbandon if !abandoned => Some(Refusal::NotAbandoned),
            Action::CancelAbandon if self.hall.is_active(task.key) => Some(Refusal::TwinActive),
            Action::Pin | Action::Unpin | Action::Abandon(_) if !active => Some(Refusal::NotActive),
            _ => None,
        }
    }

    /// Somebody acts on the nth task, whatever its state.
    pub async fn act(&mut self, who: Who, n: usize, action: &Action) -> Result<(), String> {
        let Some(key) = self.pick(n) else { return Ok(()) };
        let Some((mut tx, user)) = self.open(who).await else { return Ok(()) };
        let at = tx.ctx.now;
        let task = self.hall.task(key).clone();
        let done = act(&mut tx, self.hall.ids[&key], action).await;
        if let Some(expected) = self.refusal(who, &task, action) {
            return match done {
                Err(Refused::Rule(why)) if why == expected => Ok(()),
                other => Err(format!("{who:?} {action:?} on {task:?}: expected {expected:?}, {other:?}")),
            };
        }
        let repeats = matches!(action, Action::Pin) && task.is_pinned
            || matches!(action, Action::Unpin) && !task.is_pinned;
        let changed = done.map_err(|e| format!("{who:?} {action:?} on {task:?}: {e}"))?;
        tx.commit().await.unwrap();
        if changed == repeats {
            return Err(format!("{action:?} on {task:?}: changed {changed}"));
        }
        if repeats {
            return Ok(());
        }
        let (history, status) = match action {
            Action::Pin => (HistoryAction::Pinned, TaskStatus::Active),
            Action::Unpin => (HistoryAction::Unpinned, TaskStatus::Active),
            Action::Abandon(_) => (HistoryAction::Abandoned, TaskStatus::Abandoned),
            Action::CancelAbandon => (HistoryAction::AbandonCancelled, TaskStatus::Active),
            Action::Transfer(_) => unreachable!("by Life::transfer"),
        };
        let task = self.hall.task_mut(key);
        task.is_pinned = match action {
            Action::Pin => true,
            Action::Unpin => false,
            _ => task.is_pinned,
        };
        told(task, at, history, status, Some(user));
        Ok(())
    }

    /// The manager hands the nth task to a coach.
    pub async fn transfer(&mut self, n: usize, to: usize) -> Result<(), String> {
        let Some(key) = self.pick(n) else { return Ok(()) };
        let Some((mut tx, user)) = self.open(Who::Manager).await else { return Ok(()) };
        let (at, to) = (tx.ctx.now, COACHES[to]);
        let listed = self.hall.oracle.listed.iter().find(|l| l.assistant_id == to);
        let resigned = listed.is_some_and(|l| {
            l.assistant_status == "resigned" || l.resign_time.is_some_and(|gone| gone <= at)
        });
        let employment = match listed {
            Some(_) if resigned => Employment::Resigned,
            Some(_) => Employment::Employed,
            None => Employment::Unlisted,
        };
        let bound =
            self.hall.oracle.bindings.iter().any(|b| b.assistant_id == to && b.user_status == "approved");
        let task = self.hall.task(key).clone();
        let twin = Key { assistant_id: to, ..key };
        let expected = match () {
            () if task.status != TaskStatus::Active => Some(Refusal::NotActive),
            () if to == key.assistant_id => Some(Refusal::SameCoach),
            () if !bound || resigned => Some(Refusal::NotWorking),
            () if self.hall.is_active(twin) => Some(Refusal::HasOne),
            () => None,
        };
        let reason = Reason::new("换人跟进").unwrap();
        let done = transfer(&mut tx, self.hall.ids[&key], &Transfer { to, employment, reason }).await;
        let successor = match (done, expected) {
            (Ok(successor), None) => successor,
            (Err(Refused::Rule(why)), Some(expected)) if why == expected => return Ok(()),
            (done, expected) => return Err(format!("transfer of {task:?} to {to}: {expected:?}, {done:?}")),
        };
        tx.commit().await.unwrap();
        told(self.hall.task_mut(key), at, HistoryAction::Transferred, TaskStatus::Transferred, Some(user));
        let key = Key { assistant_id: to, created_at: at, ..key };
        self.hall.ids.insert(key, successor);
        self.hall.oracle.tasks.push(Task {
            key,
            status: TaskStatus::Active,
            priority_score: task.priority_score,
            expires_at: None,
            is_pinned: false,
            completed_at: None,
            completed_task_type: None,
            parents: vec![task.key],
            reason: task.reason.map(|reason| domain::tasks::TaskReason { rs: None, ..reason }),
            history: vec![made(key, TaskStatus::Active, Some(user))],
            scores: vec![],
        });
        Ok(())
    }

    /// The coach of the nth task writes a note on its member, for the task or not, and the AI scores it (`None`: the
    /// event has not been answered yet).
    pub async fn note(&mut self, n: usize, linked: bool, score: Option<u16>) -> Result<(), String> {
        let Some(key) = self.pick(n) else { return Ok(()) };
        let Some(user) = self.hall.users.get(&key.assistant_id).copied() else { return Ok(()) };
        let created_at = self.later();
        let mut row = NoteRow::on_member(self.hall.site.0, user, key.assistant_id, key.member_id);
        row.task_id = linked.then(|| self.hall.ids[&key]);
        let normal = !(linked && key.task_type == TaskType::FollowUpVisit);
        row.kind = if normal { "normal" } else { "follow_up" }.into();
        let id = row.created(created_at).insert(self.hall.dbs).await.unwrap();
        self.notes.push(Note {
            id,
            assistant_id: key.assistant_id,
            member_id: key.member_id,
            created_at,
            normal,
            score: None,
            task: linked.then_some(key),
        });
        match score {
            Some(score) => self.judge(self.notes.len() - 1, score).await,
            None => Ok(()),
        }
    }

    /// The event of the nth note is delivered, perhaps again.
    pub async fn deliver(&mut self, n: usize, score: u16) -> Result<(), String> {
        match n.checked_rem(self.notes.len()) {
            Some(n) => self.judge(n, score).await,
            None => Ok(()),
        }
    }

    async fn judge(&mut self, n: usize, score: u16) -> Result<(), String> {
        let at = self.later();
        if self.notes[n].score.is_none() {
            self.fake.script([Script::scores(decimal(score))]);
        }
        let note = self.notes[n].id;
        let judged = note_score::judge(&self.hall.work_at(at), Some(self.ai), note).await;
        let judged = judged.map_err(|e| format!("note {note}: {e}"))?;
        let expected = match self.notes[n].score {
            Some(_) => Judged::AlreadyScored,
            None => match self.scored(n, score, at) {
                Some(key) => Judged::Completed { task_id: self.hall.ids[&key] },
                None => Judged::LeftActive,
            },
        };
        if judged == expected {
            Ok(())
        } else {
            Err(format!("note {note}: expected {expected:?}, {judged:?}"))
        }
    }

    /// The rule: 6 and more completes the linked active task.
    fn scored(&mut self, n: usize, score: u16, at: DateTime<Utc>) -> Option<Key> {
        self.notes[n].score = Some(score);
        let key = self.notes[n].task.filter(|_| score >= 600)?;
        let task = self.hall.task_mut(key);
        if task.status != TaskStatus::Active {
            return None;
        }
        task.completed_at = Some(at);
        task.completed_task_type = Some(key.task_type);
        told(task, at, HistoryAction::Completed, TaskStatus::Completed, None);
        self.hall.oracle.noted.push(key);
        Some(key)
    }

    /// Every recall that a service completed is followed up, its note scored first where `ai` is on; then the events are
    /// delivered once more.
    pub async fn follow_ups(&mut self, ai: bool, score: u16) -> Result<(), String> {
        let ids: HashMap<Key, i64> = self.hall.ids.clone();
        for event in self.hall.oracle.events.clone() {
            let key = event.task;
            let payload = RecallCompleted {
                site_id: self.hall.site.0,
                assistant_id: key.assistant_id,
                member_id: key.member_id,
                task_id: ids[&key],
                service_id: event.service_id,
                service_time: event.service_time,
            };
            let at = self.later();
            let first = self.answered.contains(&key);
            let taken = (!first).then(|| self.first_note(key, event.service_time)).flatten();
            if let Some(n) = taken.filter(|&n| ai && self.notes[n].score.is_none()) {
                self.fake.script([Script::scores(decimal(score))]);
                self.scored(n, score, at);
            }
            let scoring = if ai { Scoring::Needed(self.ai) } else { Scoring::Off };
            let done = follow_ups::answer(&self.hall.work_at(at), &payload, scoring).await;
            let done = done.map_err(|e| format!("{payload:?}: {e}"))?;
            if first {
                if done != FollowedUp::AlreadyThere {
                    return Err(format!("followed up twice: {payload:?}, {done:?}"));
                }
                continue;
            }
            self.answered.push(key);
            self.followed(key, taken, at, done)?;
        }
        Ok(())
    }

    /// The coach's first normal note on the member after the service.
    fn first_note(&self, key: Key, service_time: DateTime<Utc>) -> Option<usize> {
        let of_pair = |n: &Note| (n.assistant_id, n.member_id) == (key.assistant_id, key.member_id);
        (0..self.notes.len())
            .filter(|&i| self.notes[i].normal && of_pair(&self.notes[i]))
            .filter(|&i| self.notes[i].created_at > service_time)
            .min_by_key(|&i| (self.notes[i].created_at, self.notes[i].id))
    }

    fn followed(
        &mut self,
        recall: Key,
        note: Option<usize>,
        at: DateTime<Utc>,
        done: FollowedUp,
    ) -> Result<(), String> {
        let well = note.and_then(|n| self.notes[n].score).is_some_and(|score| score >= 600);
        let (id, found) = match done {
            FollowedUp::AlreadyThere => return Err("not followed up before".to_owned()),
            FollowedUp::Asked { task_id, .. } => (task_id, false),
            FollowedUp::Recorded { task_id, .. } => (task_id, true),
        };
        if found != well {
            return Err(format!("follow-up of {recall:?}: expected done = {well}, {done:?}"));
        }
        let key = Key { task_type: TaskType::FollowUpVisit, created_at: at, ..recall };
        let active = |t: &Task| {
            t.status == TaskStatus::Active
                && (t.key.assistant_id, t.key.member_id, t.key.task_type)
                    == (key.assistant_id, key.member_id, key.task_type)
        };
        for old in self.hall.oracle.tasks.iter_mut().filter(|t| active(t)) {
            told(old, at, HistoryAction::Superseded, TaskStatus::Inactive, None);
        }
        let status = if well { TaskStatus::Completed } else { TaskStatus::Active };
        let priority_score = self.hall.task(recall).priority_score;
        self.hall.ids.insert(key, id);
        self.hall.oracle.tasks.push(Task {
            key,
            status,
            priority_score,
            expires_at: None,
            is_pinned: false,
            completed_at: well.then_some(at),
            completed_task_type: well.then_some(key.task_type),
            parents: vec![recall],
            reason: None,
            history: vec![made(key, status, None)],
            scores: vec![],
        });
        if let Some(n) = note {
            self.notes[n].normal = false;
            self.notes[n].task.get_or_insert(key);
        }
        Ok(())
    }
}

fn told(task: &mut Task, at: DateTime<Utc>, action: HistoryAction, status: TaskStatus, who: Option<i64>) {
    let task_type = Some(task.key.task_type);
    task.history.push(History {
        at,
        action,
        old_status: Some(task.status),
        new_status: Some(status),
        old_task_type: task_type,
        new_task_type: task_type,
        actor_user_id: who,
    });
    task.status = status;
}

fn made(key: Key, status: TaskStatus, who: Option<i64>) -> History {
    History {
        at: key.created_at,
        action: HistoryAction::Created,
        old_status: None,
        new_status: Some(status),
        old_task_type: None,
        new_task_type: Some(key.task_type),
        actor_user_id: who,
    }
}

fn decimal(hundredths: u16) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(hundredths.into(), 2)
}
