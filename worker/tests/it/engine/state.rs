//! What the business database holds of a hall, and how it is held against the oracle.
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    Index, SiteId,
    tasks::{HistoryAction, TaskReason},
};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgPool;

use super::oracle::{History, Key, RecallCompleted, Score, Site, Task};

/// Read whole.
pub struct State {
    pub ids: HashMap<Key, i64>,
    tasks: Vec<Task>,
    events: Vec<RecallCompleted>,
    monthly: BTreeMap<(i64, NaiveDate), [i32; 9]>,
}

#[derive(sqlx::FromRow)]
struct TaskRow {
    id: i64,
    assistant_id: i64,
    member_id: i64,
    task_type: String,
    status: String,
    priority_score: Option<Decimal>,
    expires_at: Option<DateTime<Utc>>,
    is_pinned: bool,
    completed_at: Option<DateTime<Utc>>,
    completed_task_type: Option<String>,
    parent_task_id: Option<i64>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct HistoryRow {
    task_id: i64,
    created_at: DateTime<Utc>,
    action: String,
    old_status: Option<String>,
    new_status: Option<String>,
    old_task_type: Option<String>,
    new_task_type: Option<String>,
    actor_user_id: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct ScoreRow {
    task_id: i64,
    valid_from: DateTime<Utc>,
    created_at: DateTime<Utc>,
    priority_score: Option<Decimal>,
}

#[derive(sqlx::FromRow)]
struct MonthRow {
    assistant_id: i64,
    stat_month: NaiveDate,
    counts: Vec<i32>,
}

impl State {
    pub async fn load(owner: &PgPool, site: SiteId) -> Self {
        let task_rows: Vec<TaskRow> = sqlx::query_as(
            "SELECT id, assistant_id, member_id, task_type, status, priority_score, expires_at, is_pinned, completed_at,
                    completed_task_type, parent_task_id, reason::text AS reason, created_at
             FROM biz.coach_tasks WHERE site_id = $1",
        )
        .bind(site.0)
        .fetch_all(owner)
        .await
        .unwrap();
        let history_rows: Vec<HistoryRow> = sqlx::query_as(
            "SELECT task_id, created_at, action, old_status, new_status, old_task_type, new_task_type, actor_user_id
             FROM biz.coach_task_history WHERE site_id = $1",
        )
        .bind(site.0)
        .fetch_all(owner)
        .await
        .unwrap();
        let score_rows: Vec<ScoreRow> = sqlx::query_as(
            "SELECT task_id, valid_from, created_at, priority_score FROM biz.coach_task_scores WHERE site_id = $1",
        )
        .bind(site.0)
        .fetch_all(owner)
        .await
        .unwrap();
        let months: Vec<MonthRow> = sqlx::query_as(
            "SELECT assistant_id, stat_month,
                    ARRAY[recall_created, follow_up_created, relationship_created, total_created, recall_completed,
                          follow_up_completed, total_completed, abandoned_count, transferred_count] AS counts
             FROM biz.dws_assistant_task_monthly WHERE site_id = $1",
        )
        .bind(site.0)
        .fetch_all(owner)
        .await
        .unwrap();
        let payloads: Vec<(String, Value)> =
            sqlx::query_as("SELECT event_name, payload FROM biz.trigger_events WHERE site_id = $1")
                .bind(site.0)
                .fetch_all(owner)
                .await
                .unwrap();

        let keys: HashMap<i64, Key> = task_rows.iter().map(|row| (row.id, row.key())).collect();
        let tasks = task_rows.iter().map(|row| row.task(&keys, &history_rows, &score_rows)).collect();
        let events = payloads.iter().map(|(name, payload)| event(name, payload, site, &keys)).collect();
        let monthly =
            months.into_iter().map(|m| ((m.assistant_id, m.stat_month), m.counts.try_into().unwrap()));
        Self {
            ids: keys.iter().map(|(id, key)| (*key, *id)).collect(),
            tasks,
            events,
            monthly: monthly.collect(),
        }
    }

    /// A digest of every row of the site that a morning might write, ids and all.
    pub async fn fingerprint(owner: &PgPool, site: SiteId) -> String {
        sqlx::query_scalar(
            "SELECT md5(string_agg(line, E'\n' ORDER BY line))
             FROM (SELECT 'task ' || t::text FROM biz.coach_tasks t WHERE site_id = $1
                   UNION ALL SELECT 'history ' || h::text FROM biz.coach_task_history h WHERE site_id = $1
                   UNION ALL SELECT 'score ' || s::text FROM biz.coach_task_scores s WHERE site_id = $1
                   UNION ALL SELECT 'month ' || m::text FROM biz.dws_assistant_task_monthly m WHERE site_id = $1
                   UNION ALL SELECT 'event ' || e::text FROM biz.trigger_events e WHERE site_id = $1
                   UNION ALL SELECT 'note ' || n::text FROM biz.notes n WHERE site_id = $1
                   UNION ALL SELECT 'site ' || s::text FROM biz.sites s WHERE site_id = $1) AS lines (line)",
        )
        .bind(site.0)
        .fetch_one(owner)
        .await
        .unwrap()
    }

    /// Everything is as the oracle has it. `recounted`: the statistics too, for a skipped morning leaves them.
    pub fn compare(mut self, oracle: &mut Site, recounted: bool) -> Result<(), String> {
        self.tasks.sort_by_key(|t| t.key);
        self.events.sort();
        oracle.tasks.sort_by_key(|t| t.key);
        oracle.events.sort();
        for expected in &mut oracle.tasks {
            let found = self.tasks.iter().find(|t| t.key == expected.key);
            let found = found.ok_or_else(|| format!("missing: {expected:#?}"))?;
            expected.settle(&found.parents);
            expected.history.sort();
            if found != expected {
                return Err(format!("expected {expected:#?}\nfound {found:#?}"));
            }
        }
        if let Some(more) = self.tasks.iter().find(|t| !oracle.tasks.iter().any(|o| o.key == t.key)) {
            return Err(format!("not expected: {more:#?}"));
        }
        if self.events != oracle.events {
            return Err(format!("expected events {:#?}\nfound {:#?}", oracle.events, self.events));
        }
        if recounted && self.monthly != oracle.monthly() {
            return Err(format!("expected months {:#?}\nfound {:#?}", oracle.monthly(), self.monthly));
        }
        Ok(())
    }
}

impl Task {
    /// Where one of several may be the parent, it is the one that was taken.
    fn settle(&mut self, taken: &[Key]) {
        if let [taken] = taken
            && self.parents.len() > 1
            && self.parents.contains(taken)
        {
            self.parents = vec![*taken];
            let made = self
                .history
                .iter_mut()
                .find(|h| h.action == HistoryAction::TypeChanged && h.old_status.is_none());
            made.unwrap().old_task_type = Some(taken.task_type);
        }
    }
}

impl TaskRow {
    fn key(&self) -> Key {
        Key {
            assistant_id: self.assistant_id,
            member_id: self.member_id,
            task_type: self.task_type.parse().unwrap(),
            created_at: self.created_at,
        }
    }

    fn task(&self, keys: &HashMap<i64, Key>, history: &[HistoryRow], scores: &[ScoreRow]) -> Task {
        let mut history: Vec<History> =
            history.iter().filter(|h| h.task_id == self.id).map(HistoryRow::history).collect();
        history.sort();
        let mut scores: Vec<Score> =
            scores.iter().filter(|s| s.task_id == self.id).map(ScoreRow::score).collect();
        scores.sort();
        Task {
            key: self.key(),
            status: self.status.parse().unwrap(),
            priority_score: index(self.priority_score),
            expires_at: self.expires_at,
            is_pinned: self.is_pinned,
            completed_at: self.completed_at,
            completed_task_type: self.completed_task_type.as_deref().map(|t| t.parse().unwrap()),
            parents: self.parent_task_id.map(|id| keys[&id]).into_iter().collect(),
            reason: self.reason.as_deref().map(|r| serde_json::from_str::<TaskReason>(r).unwrap()),
            history,
            scores,
        }
    }
}

impl HistoryRow {
    fn history(&self) -> History {
        History {
            at: self.created_at,
            action: self.action.parse().unwrap(),
            old_status: self.old_status.as_deref().map(|s| s.parse().unwrap()),
            new_status: self.new_status.as_deref().map(|s| s.parse().unwrap()),
            old_task_type: self.old_task_type.as_deref().map(|t| t.parse().unwrap()),
            new_task_type: self.new_task_type.as_deref().map(|t| t.parse().unwrap()),
            actor_user_id: self.actor_user_id,
        }
    }
}

impl ScoreRow {
    fn score(&self) -> Score {
        Score {
            valid_from: self.valid_from,
            until: self.created_at,
            priority_score: index(self.priority_score),
        }
    }
}

fn index(value: Option<Decimal>) -> Option<Index> {
    value.map(|v| Index::new(v).unwrap())
}

/// Nothing but `recall_completed` comes of a morning, with all six fields.
fn event(name: &str, payload: &Value, site: SiteId, keys: &HashMap<i64, Key>) -> RecallCompleted {
    assert_eq!(name, "recall_completed");
    let number = |field: &str| payload[field].as_i64().unwrap_or_else(|| panic!("{field} in {payload}"));
    let task = keys[&number("task_id")];
    let named = (number("site_id"), number("assistant_id"), number("member_id"));
    assert_eq!(named, (site.0, task.assistant_id, task.member_id));
    RecallCompleted {
        task,
        service_id: number("service_id"),
        service_time: payload["service_time"].as_str().unwrap().parse().unwrap(),
    }
}
