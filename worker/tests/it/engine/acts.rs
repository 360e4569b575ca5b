//! What happens in a hall between two mornings, in both worlds.
use chrono::{DateTime, Duration, NaiveDate, Utc};
use domain::{
    Index,
    tasks::{HistoryAction, TaskStatus, TaskType, Thresholds},
};
use reference::builders::{AssistantRow, NewconvRow, RelationRow, ServiceRow, WinbackRow};
use store::{SystemDoor, operations::task::expire::expire};
use testing::builders;

use super::{
    case::{COACHES, Change, End, ListedSpec, RuleSpec, ServiceSpec, SnapshotSpec, When},
    oracle::{Binding, History, Key, Listed, MemberIndex, Relation, RuleRow, Service, Task},
    stage::{Hall, index},
};

impl Hall<'_> {
    pub async fn change(&mut self, change: &Change, at: DateTime<Utc>, morning: DateTime<Utc>) {
        match change {
            Change::User(coach, status) => self.user(COACHES[*coach], *status).await,
            Change::Listed(coach, listed) => self.listed(COACHES[*coach], *listed, morning).await,
            Change::Rule(rule) => self.rule(rule, morning).await,
            Change::Service(service) => self.service(service, morning).await,
            Change::Void(n) => self.flip_void(*n).await,
            Change::Abandon(n) => {
                if let Some(key) = self.nth(*n, |t| t.status == TaskStatus::Active) {
                    self.end(key, End::Abandoned, at).await;
                }
            }
            Change::CancelAbandon(n) => {
                let free = |t: &Task| t.status == TaskStatus::Abandoned && !self.is_active(t.key);
                if let Some(key) = self.nth(*n, free) {
                    let (was, is) = (TaskStatus::Abandoned, TaskStatus::Active);
                    self.act(key, HistoryAction::AbandonCancelled, was, is, at).await;
                }
            }
            Change::Transfer(n, coach) => {
                let to = |key: Key| Key { assistant_id: COACHES[*coach], created_at: at, ..key };
                let free = |t: &Task| t.status == TaskStatus::Active && !self.is_active(to(t.key));
                if let Some(key) = self.nth(*n, free) {
                    self.end(key, End::Transferred, at).await;
                    let score = self.task(key).priority_score;
                    self.make(to(key), score, Some(key)).await;
                }
            }
            Change::Pin(n) => {
                if let Some(key) = self.nth(*n, |t| t.status == TaskStatus::Active && !t.is_pinned) {
                    self.task_mut(key).is_pinned = true;
                    let (was, is) = (TaskStatus::Active, TaskStatus::Active);
                    self.act(key, HistoryAction::Pinned, was, is, at).await;
                }
            }
            Change::FollowUp(n) => self.follow_up(*n, at).await,
            Change::Expire => {
                self.oracle.expire(at);
                let mut tx =
                    SystemDoor::new(self.dbs.worker().clone()).at(at).begin(self.site).await.unwrap();
                expire(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    /// Binds, unbinds, approves, disables.
    pub async fn user(&mut self, coach: i64, status: Option<&'static str>) {
        self.oracle.bindings.retain(|b| b.assistant_id != coach);
        let Some(status) = status else {
            if self.users.contains_key(&coach) {
                sqlx::query(
                    "DELETE FROM auth.user_assistant_binding WHERE site_id = $1 AND assistant_id = $2",
                )
                .bind(self.site.0)
                .bind(coach)
                .execute(self.dbs.owner())
                .await
                .unwrap();
            }
            self.users.remove(&coach);
            return;
        };
        self.oracle.bindings.push(Binding { assistant_id: coach, user_status: status });
        if let Some(user) = self.users.get(&coach) {
            sqlx::query("UPDATE auth.users SET status = $2 WHERE id = $1")
                .bind(user)
                .bind(status)
                .execute(self.dbs.owner())
                .await
                .unwrap();
        } else {
            let user = builders::User { status: status.into(), ..builders::User::coach(self.site.0, coach) };
            self.users.insert(coach, user.insert(self.dbs).await.unwrap());
        }
    }

    /// What the warehouse's staff list says.
    pub async fn listed(&mut self, coach: i64, listed: ListedSpec, morning: DateTime<Utc>) {
        self.oracle.listed.retain(|l| l.assistant_id != coach);
        let etl = self.dbs.etl_owner();
        sqlx::query("DELETE FROM dim.assistant WHERE site_id = $1 AND assistant_id = $2")
            .bind(self.site.0)
            .bind(coach)
            .execute(etl)
            .await
            .unwrap();
        let mut row = AssistantRow::new(self.site.0, coach);
        let mut assistant_status = "active";
        match listed {
            ListedSpec::No => return,
            ListedSpec::Yes => {}
            ListedSpec::Resigns(after) => row = row.resigned(morning + Duration::minutes(after)),
            ListedSpec::Status => assistant_status = "resigned",
        }
        row.insert(etl).await.unwrap();
        if assistant_status == "resigned" {
            sqlx::query(
                "UPDATE dim.assistant SET assistant_status = 'resigned' WHERE site_id = $1 AND assistant_id = $2",
            )
            .bind(self.site.0)
            .bind(coach)
            .execute(etl)
            .await
            .unwrap();
        }
        let resign_time = row.resign_time;
        self.oracle.listed.push(Listed { assistant_id: coach, resign_time, assistant_status });
    }

    /// The next version of the site's own rules; a version never begins before an older one.
    pub async fn rule(&mut self, rule: &RuleSpec, morning: DateTime<Utc>) {
        let newest = self.oracle.rules.iter().map(|r| r.effective_from).max();
        let from = self.oracle.calendar.business_date(morning) + Duration::days(rule.from);
        let row = RuleRow {
            own: true,
            thresholds: Thresholds {
                high: index(rule.high),
                priority: index(rule.priority),
                relationship: index(rule.relationship),
            },
            abandon_cooldown_days: rule.cooldown,
            version: self.rules + 1,
            effective_from: newest.map_or(from, |newest| newest.max(from)),
        };
        self.rules += 1;
        sqlx::query(
            "INSERT INTO biz.task_rules (site_id, high_threshold, priority_threshold, relationship_threshold,
                 abandon_cooldown_days, version, effective_from)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(self.site.0)
        .bind(row.thresholds.high.get())
        .bind(row.thresholds.priority.get())
        .bind(row.thresholds.relationship.get())
        .bind(i32::try_from(row.abandon_cooldown_days).unwrap())
        .bind(row.version)
        .bind(row.effective_from)
        .execute(self.dbs.owner())
        .await
        .unwrap();
        self.oracle.rules.push(row);
    }

    async fn service(&mut self, spec: &ServiceSpec, morning: DateTime<Utc>) {
        let pair = (COACHES[spec.coach], spec.member);
        let recall = |t: &Task| t.status == TaskStatus::Active && t.key.task_type.is_recall();
        let ((assistant_id, member_id), create_time) = match spec.when {
            When::OfRecall(n, seconds) => match self.nth(n, recall) {
                Some(key) => {
                    // A walk-in stays one.
                    let member = spec.member.filter(|m| *m == 0).or(spec.member.map(|_| key.member_id));
                    ((key.assistant_id, member), key.created_at + Duration::seconds(seconds))
                }
                None => (pair, morning - Duration::seconds(seconds.max(0))),
            },
            When::SameAs(n) => match pick(&self.oracle.services, n) {
                Some(s) => ((s.assistant_id, s.member_id), s.create_time),
                None => (pair, morning),
            },
            When::Ago(minutes) => (pair, morning - Duration::minutes(minutes)),
        };
        self.services += 1;
        let service = Service {
            // Neither rising nor falling: of two at one instant, the lower id may come later.
            service_id: 1 + self.services * 7919 % 10_007,
            assistant_id,
            member_id,
            // At the morning's own instant it would complete what that morning makes, once more after it.
            create_time: create_time.min(morning - Duration::seconds(1)),
            void: spec.void,
        };
        self.deliver(&service, morning).await;
        self.oracle.services.push(service);
    }

    async fn flip_void(&mut self, n: usize) {
        let Some(picked) = pick(&self.oracle.services, n) else { return };
        let service = Service { void: !picked.void, ..picked.clone() };
        self.deliver(&service, service.create_time).await;
        for old in &mut self.oracle.services {
            if old.service_id == service.service_id {
                *old = service.clone();
            }
        }
    }

    async fn deliver(&self, service: &Service, loaded_at: DateTime<Utc>) {
        let Service { service_id, assistant_id, member_id, create_time, void } = *service;
        let row = ServiceRow::new(self.site.0, service_id, assistant_id, 0, create_time);
        ServiceRow { member_id, void, loaded_at, ..row }.insert(self.dbs.etl_owner()).await.unwrap();
    }

    pub async fn snapshot(&mut self, spec: &SnapshotSpec, morning: DateTime<Utc>) {
        let stat_date: NaiveDate = self.oracle.calendar.business_date(morning) + Duration::days(spec.offset);
        let (etl, site) = (self.dbs.etl_owner(), self.site.0);
        for (coach, member_id, rs) in spec.relation.clone() {
            let assistant_id = COACHES[coach];
            RelationRow { rs: rs.clone(), ..RelationRow::new(site, stat_date, assistant_id, member_id) }
                .insert(etl)
                .await
                .unwrap();
            let relation = &mut self.oracle.relation;
            relation.retain(|r| {
                (r.stat_date, r.assistant_id, r.member_id) != (stat_date, assistant_id, member_id)
            });
            relation.push(Relation { stat_date, assistant_id, member_id, rs });
        }
        for (member_id, value) in spec.winback.clone() {
            let row = WinbackRow::new(site, stat_date, member_id);
            WinbackRow { wbi: value.clone(), ..row }.insert(etl).await.unwrap();
            upsert(&mut self.oracle.winback, MemberIndex { stat_date, member_id, value });
        }
        for (member_id, value) in spec.newconv.clone() {
            let row = NewconvRow::new(site, stat_date, member_id);
            NewconvRow { nci: value.clone(), ..row }.insert(etl).await.unwrap();
            upsert(&mut self.oracle.newconv, MemberIndex { stat_date, member_id, value });
        }
    }

    /// Makes an active task, unless there is one of its pair and type.
    pub async fn make(&mut self, key: Key, score: Option<Index>, parent: Option<Key>) -> bool {
        if self.is_active(key) {
            return false;
        }
        let mut row = builders::Task::new(self.site.0, key.assistant_id, key.member_id)
            .of_type(key.task_type.as_str())
            .created(key.created_at);
        row.priority_score = score.map(Index::get);
        row.parent_task_id = parent.map(|p| self.ids[&p]);
        self.ids.insert(key, row.insert(self.dbs).await.unwrap());
        self.oracle.tasks.push(Task {
            key,
            status: TaskStatus::Active,
            priority_score: score,
            expires_at: None,
            is_pinned: false,
            completed_at: None,
            completed_task_type: None,
            parents: parent.into_iter().collect(),
            reason: None,
            history: vec![History {
                at: key.created_at,
                action: HistoryAction::Created,
                old_status: None,
                new_status: Some(TaskStatus::Active),
                old_task_type: None,
                new_task_type: Some(key.task_type),
                actor_user_id: None,
            }],
            scores: vec![],
        });
        true
    }

    pub async fn end(&mut self, key: Key, end: End, at: DateTime<Utc>) {
        let (action, status) = match end {
            End::Abandoned => (HistoryAction::Abandoned, TaskStatus::Abandoned),
            End::Transferred => (HistoryAction::Transferred, TaskStatus::Transferred),
            End::Completed => (HistoryAction::Completed, TaskStatus::Completed),
            End::Inactive => (HistoryAction::Expired, TaskStatus::Inactive),
        };
        if status == TaskStatus::Completed {
            let task = self.task_mut(key);
            task.completed_at = Some(at);
            task.completed_task_type = Some(key.task_type);
        }
        self.act(key, action, TaskStatus::Active, status, at).await;
    }

    /// A coach's or the system's act on a task, with its history row.
    async fn act(
        &mut self,
        key: Key,
        action: HistoryAction,
        old: TaskStatus,
        new: TaskStatus,
        at: DateTime<Utc>,
    ) {
        let task = self.task_mut(key);
        task.status = new;
        task.history.push(History {
            at,
            action,
            old_status: Some(old),
            new_status: Some(new),
            old_task_type: Some(key.task_type),
            new_task_type: Some(key.task_type),
            actor_user_id: None,
        });
        let task = task.clone();
        sqlx::query(
            "WITH task AS (
                 UPDATE biz.coach_tasks
                 SET status = $3, is_pinned = $4, completed_at = $5, completed_task_type = $6, updated_at = $7,
                     abandon_reason = CASE WHEN $3 = 'abandoned' THEN '客户搬走了' END
                 WHERE site_id = $1 AND id = $2
                 RETURNING task_type
             )
             INSERT INTO biz.coach_task_history
                 (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type, created_at)
             SELECT $1, $2, $8, $9, $3, task_type, task_type, $7 FROM task",
        )
        .bind(self.site.0)
        .bind(self.ids[&key])
        .bind(new.as_str())
        .bind(task.is_pinned)
        .bind(task.completed_at)
        .bind(task.completed_task_type.map(TaskType::as_str))
        .bind(at)
        .bind(action.as_str())
        .bind(old.as_str())
        .execute(self.dbs.owner())
        .await
        .unwrap();
    }

    /// A follow-up of a completed recall that has none, for a pair without an open one.
    async fn follow_up(&mut self, n: usize, at: DateTime<Utc>) {
        let of = |key: Key| Key { task_type: TaskType::FollowUpVisit, created_at: at, ..key };
        let unanswered = |t: &Task| {
            let answered = |f: &Task| f.key.task_type == TaskType::FollowUpVisit && f.parents == [t.key];
            t.completed_task_type.is_some_and(TaskType::is_recall)
                && !self.oracle.tasks.iter().any(answered)
                && !self.is_active(of(t.key))
        };
        if let Some(recall) = self.nth(n, unanswered) {
            let score = self.task(recall).priority_score;
            self.make(of(recall), score, Some(recall)).await;
        }
    }

    pub fn is_active(&self, key: Key) -> bool {
        let of = |k: Key| (k.assistant_id, k.member_id, k.task_type);
        self.oracle.tasks.iter().any(|t| t.status == TaskStatus::Active && of(t.key) == of(key))
    }

    /// One of the tasks that are as wanted.
    pub fn nth(&self, n: usize, wanted: impl Fn(&Task) -> bool) -> Option<Key> {
        let keys: Vec<Key> = self.oracle.tasks.iter().filter(|t| wanted(t)).map(|t| t.key).collect();
        pick(&keys, n).copied()
    }

    pub fn task(&self, key: Key) -> &Task {
        self.oracle.tasks.iter().find(|t| t.key == key).unwrap()
    }

    pub fn task_mut(&mut self, key: Key) -> &mut Task {
        self.oracle.tasks.iter_mut().find(|t| t.key == key).unwrap()
    }
}

pub fn pick<T>(of: &[T], n: usize) -> Option<&T> {
    of.get(n.checked_rem(of.len())?)
}

fn upsert(rows: &mut Vec<MemberIndex>, row: MemberIndex) {
    rows.retain(|r| (r.stat_date, r.member_id) != (row.stat_date, row.member_id));
    rows.push(row);
}
