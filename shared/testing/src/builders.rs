//! Business rows with defaults that satisfy every constraint: set what the test is about, insert, use the id.
//!
//! All write as `zqyy_owner`. Names and codes are numbered, so that several of a kind never collide.
use crate::TestDbs;
use anyhow::Result;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use std::sync::atomic::{AtomicI64, Ordering};

fn next() -> i64 {
    static NUMBER: AtomicI64 = AtomicI64::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// A row of `biz.sites`.
#[derive(Debug, Clone)]
pub struct Site {
    /// Numbered from 101 unless set.
    pub site_id: i64,
    /// IANA zone; `Asia/Shanghai` unless set.
    pub timezone: String,
    /// 8 unless set.
    pub cutoff_hour: i16,
    /// False: `inactive`.
    pub active: bool,
}

impl Default for Site {
    fn default() -> Self {
        Self { site_id: 100 + next(), timezone: "Asia/Shanghai".into(), cutoff_hour: 8, active: true }
    }
}

impl Site {
    /// Returns the `site_id`.
    pub async fn insert(self, dbs: &TestDbs) -> Result<i64> {
        sqlx::query(
            "INSERT INTO biz.sites (site_id, site_code, name, timezone, business_day_cutoff_hour, status)
             VALUES ($1, 'S' || $1::text, '测试店 ' || $1::text, $2, $3, CASE WHEN $4 THEN 'active' ELSE 'inactive' END)",
        )
        .bind(self.site_id)
        .bind(self.timezone)
        .bind(self.cutoff_hour)
        .bind(self.active)
        .execute(dbs.owner())
        .await?;
        Ok(self.site_id)
    }
}

/// A row of `auth.users`, with a role and a binding at a site if asked for.
#[derive(Debug, Clone)]
pub struct User {
    /// `approved` unless set.
    pub status: String,
    /// Shown to people; numbered unless set.
    pub nickname: String,
    /// `(site_id, role_code)`; a site of `None` is every site (admin).
    pub roles: Vec<(Option<i64>, String)>,
    /// `(site_id, assistant_id)`.
    pub bindings: Vec<(i64, Option<i64>)>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            status: "approved".into(),
            nickname: format!("用户 {}", next()),
            roles: vec![],
            bindings: vec![],
        }
    }
}

impl User {
    /// An approved coach of a site, bound to an assistant of the warehouse.
    pub fn coach(site_id: i64, assistant_id: i64) -> Self {
        Self::default().role(site_id, "coach").bound(site_id, Some(assistant_id))
    }

    /// An approved manager of a site who coaches nobody.
    pub fn manager(site_id: i64) -> Self {
        Self::default().role(site_id, "manager").bound(site_id, None)
    }

    /// Adds a role at a site.
    pub fn role(mut self, site_id: i64, role_code: &str) -> Self {
        self.roles.push((Some(site_id), role_code.into()));
        self
    }

    /// Adds a binding at a site.
    pub fn bound(mut self, site_id: i64, assistant_id: Option<i64>) -> Self {
        self.bindings.push((site_id, assistant_id));
        self
    }

    /// Returns the user's id.
    pub async fn insert(self, dbs: &TestDbs) -> Result<i64> {
        let mut tx = dbs.owner().begin().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO auth.users (wx_openid, nickname, status) VALUES ('test-' || gen_random_uuid(), $1, $2) RETURNING id",
        )
        .bind(self.nickname)
        .bind(self.status)
        .fetch_one(&mut *tx)
        .await?;
        for (site_id, role_code) in self.roles {
            sqlx::query("INSERT INTO auth.user_site_roles (site_id, user_id, role_code) VALUES ($1, $2, $3)")
                .bind(site_id)
                .bind(id)
                .bind(role_code)
                .execute(&mut *tx)
                .await?;
        }
        for (site_id, assistant_id) in self.bindings {
            sqlx::query("INSERT INTO auth.user_assistant_binding (site_id, user_id, assistant_id) VALUES ($1, $2, $3)")
                .bind(site_id)
                .bind(id)
                .bind(assistant_id)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(id)
    }
}

/// A row of `biz.coach_tasks` and the `created` row of its history.
#[derive(Debug, Clone)]
pub struct Task {
    site_id: i64,
    assistant_id: i64,
    member_id: i64,
    /// `high_priority_recall` unless set.
    pub task_type: String,
    /// `active` unless set; `completed` and `abandoned` fill in what the constraints ask for.
    pub status: String,
    /// 8.00 unless set.
    pub priority_score: Option<Decimal>,
    /// Never unless set.
    pub expires_at: Option<DateTime<Utc>>,
    /// False unless set.
    pub is_pinned: bool,
    /// The task that it follows.
    pub parent_task_id: Option<i64>,
    /// Why the generator made it.
    pub reason: Option<Value>,
    /// Business now unless set.
    pub created_at: Option<DateTime<Utc>>,
}

impl Task {
    /// An active high-priority recall of a member by a coach.
    pub fn new(site_id: i64, assistant_id: i64, member_id: i64) -> Self {
        Self {
            site_id,
            assistant_id,
            member_id,
            task_type: "high_priority_recall".into(),
            status: "active".into(),
            priority_score: Some(Decimal::new(800, 2)),
            expires_at: None,
            is_pinned: false,
            parent_task_id: None,
            reason: None,
            created_at: None,
        }
    }

    /// Sets the type.
    pub fn of_type(mut self, task_type: &str) -> Self {
        self.task_type = task_type.into();
        self
    }

    /// Sets the status.
    pub fn in_status(mut self, status: &str) -> Self {
        self.status = status.into();
        self
    }

    /// Sets when it was made.
    pub fn created(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = Some(at);
        self
    }

    /// Returns the task's id.
    pub async fn insert(self, dbs: &TestDbs) -> Result<i64> {
        let id = sqlx::query_scalar(
            "WITH task AS (
                 INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, status, priority_score,
                     expires_at, is_pinned, parent_task_id, reason, created_at, updated_at,
                     abandon_reason, completed_at, completed_task_type)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                     coalesce($11, biz.business_now()), coalesce($11, biz.business_now()),
                     CASE WHEN $5 = 'abandoned' THEN '测试' END,
                     CASE WHEN $5 = 'completed' THEN coalesce($11, biz.business_now()) END,
                     CASE WHEN $5 = 'completed' THEN $4 END)
                 RETURNING site_id, id, status, task_type, created_at)
             INSERT INTO biz.coach_task_history (site_id, task_id, action, new_status, new_task_type, created_at)
             SELECT site_id, id, 'created', status, task_type, created_at FROM task
             RETURNING task_id",
        )
        .bind(self.site_id)
        .bind(self.assistant_id)
        .bind(self.member_id)
        .bind(self.task_type)
        .bind(self.status)
        .bind(self.priority_score)
        .bind(self.expires_at)
        .bind(self.is_pinned)
        .bind(self.parent_task_id)
        .bind(self.reason)
        .bind(self.created_at)
        .fetch_one(dbs.owner())
        .await?;
        Ok(id)
    }
}

/// A row of `biz.notes`.
#[derive(Debug, Clone)]
pub struct Note {
    site_id: i64,
    user_id: i64,
    assistant_id: Option<i64>,
    target: (String, i64),
    /// `normal` unless set.
    pub kind: String,
    /// A sentence unless set.
    pub content: String,
    /// None unless set.
    pub task_id: Option<i64>,
    /// None unless set: not scored.
    pub ai_score: Option<Decimal>,
    /// Business now unless set.
    pub created_at: Option<DateTime<Utc>>,
}

impl Note {
    /// A coach's normal note on a member.
    pub fn on_member(site_id: i64, user_id: i64, assistant_id: i64, member_id: i64) -> Self {
        Self {
            site_id,
            user_id,
            assistant_id: Some(assistant_id),
            target: ("member".into(), member_id),
            kind: "normal".into(),
            content: "打球很稳，约好下周再来。".into(),
            task_id: None,
            ai_score: None,
            created_at: None,
        }
    }

    /// Sets when it was written.
    pub fn created(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = Some(at);
        self
    }

    /// Returns the note's id.
    pub async fn insert(self, dbs: &TestDbs) -> Result<i64> {
        let id = sqlx::query_scalar(
            "INSERT INTO biz.notes (site_id, user_id, assistant_id, target_type, target_id, type, content, task_id,
                 ai_score, ai_scored_at, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
                 CASE WHEN $9::numeric IS NOT NULL THEN coalesce($10, biz.business_now()) END,
                 coalesce($10, biz.business_now()), coalesce($10, biz.business_now()))
             RETURNING id",
        )
        .bind(self.site_id)
        .bind(self.user_id)
        .bind(self.assistant_id)
        .bind(self.target.0)
        .bind(self.target.1)
        .bind(self.kind)
        .bind(self.content)
        .bind(self.task_id)
        .bind(self.ai_score)
        .bind(self.created_at)
        .fetch_one(dbs.owner())
        .await?;
        Ok(id)
    }
}
