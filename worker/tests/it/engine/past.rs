//! What a life showed after each of its steps, and what the past shows of it when the life is over.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::SiteId;
use rust_decimal::Decimal;
use sqlx::{PgPool, Row, postgres::PgRow};

/// As tasks and notes stood when nothing later had happened. `completed_*` speak of what is completed alone, and
/// a note's task only once there was that task.
const SHOWN: &str = "
    SELECT 'task ' || (to_jsonb(t) - 'completed_at' - 'completed_task_type')::text || ' '
           || coalesce(CASE WHEN t.status = 'completed' THEN t.completed_at || t.completed_task_type END, '-')
    FROM biz.tasks_at_moment($1, $2) t
    UNION ALL
    SELECT 'note ' || (to_jsonb(n) - 'task_id')::text || ' '
           || coalesce((SELECT t.id FROM biz.tasks_at_moment($1, $2) t WHERE t.id = n.task_id)::text, '-')
    FROM biz.notes_at($1, $2) n
    ORDER BY 1";

/// One page of a list.
const LIST: &str = include_str!("../../../../shared/store/queries/task_list.sql");

/// The list as a whole, without its statement's thrift.
const LISTED: &str = "
    SELECT id, status, is_pinned, priority_score
    FROM biz.tasks_at_moment($1, $2)
    WHERE status = ANY ($3)
    ORDER BY array_position($3, status), is_pinned DESC, priority_score DESC NULLS LAST, created_at, id";

/// The migrations that keep beside a task what its last change changed, and since when it scores what it does; safe to
/// run again.
const KEEP_BESIDE: [&str; 2] = [
    include_str!("../../../../migrations/biz/20260524000001_state_before_the_last_change.up.sql"),
    include_str!("../../../../migrations/biz/20260525000001_tasks_of_a_list.up.sql"),
];

/// The instants at which a hall changed, and what it showed just after each.
#[derive(Default)]
pub struct Past {
    shown: BTreeMap<DateTime<Utc>, Vec<String>>,
}

impl Past {
    /// Remembers what the hall shows now.
    pub async fn remember(&mut self, owner: &PgPool, site: SiteId) {
        let newest: Option<DateTime<Utc>> = sqlx::query_scalar(
            "SELECT greatest((SELECT max(updated_at) FROM biz.coach_tasks WHERE site_id = $1),
                             (SELECT max(updated_at) FROM biz.notes WHERE site_id = $1)) + interval '1 microsecond'",
        )
        .bind(site.0)
        .fetch_one(owner)
        .await
        .unwrap();
        let far = "9999-12-31T00:00:00Z".parse().unwrap();
        if let Some(newest) = newest {
            self.shown.insert(newest, shown(owner, site, far).await);
        }
    }

    /// The past as the tasks keep it beside themselves, as their history alone tells it, and as the migration fills in
    /// what tasks keep that were there before it.
    pub async fn compare_every_way(&self, owner: &PgPool, site: SiteId) -> Result<(), String> {
        self.compare(owner, site).await?;
        sqlx::query(
            "UPDATE biz.coach_tasks SET previous_status = NULL, previous_is_pinned = NULL, previous_abandon_reason = NULL,
                    previous_changed_at = NULL
             WHERE site_id = $1",
        )
        .bind(site.0)
        .execute(owner)
        .await
        .unwrap();
        self.compare(owner, site).await.map_err(|why| format!("by history alone, {why}"))?;
        sqlx::query("UPDATE biz.coach_tasks SET scored_at = NULL WHERE site_id = $1")
            .bind(site.0)
            .execute(owner)
            .await
            .unwrap();
        for migration in KEEP_BESIDE {
            sqlx::raw_sql(migration).execute(owner).await.unwrap();
        }
        self.compare(owner, site).await.map_err(|why| format!("filled in, {why}"))
    }

    /// The first instant of which the past says something else than was shown.
    async fn compare(&self, owner: &PgPool, site: SiteId) -> Result<(), String> {
        for (at, then) in &self.shown {
            let now = shown(owner, site, *at).await;
            if let Some((then, now)) = then.iter().zip(&now).find(|(then, now)| then != now) {
                return Err(format!("as of {at}\n shown: {then}\n   now: {now}"));
            }
            if then.len() != now.len() {
                return Err(format!("as of {at}: {} rows were shown, now {}", then.len(), now.len()));
            }
            let (listed, whole) = (listed(owner, site, *at).await, whole_list(owner, site, *at).await);
            if listed != whole {
                return Err(format!("as of {at}\n page by page: {listed:?}\n at once: {whole:?}"));
            }
        }
        Ok(())
    }
}

async fn shown(owner: &PgPool, site: SiteId, until: DateTime<Utc>) -> Vec<String> {
    sqlx::query_scalar(SHOWN).bind(site.0).bind(until).fetch_all(owner).await.unwrap()
}

/// The statuses of the list, in its order.
const STATUSES: [&str; 3] = ["active", "abandoned", "inactive"];

type Listed = (i64, String, bool, Option<Decimal>);

async fn whole_list(owner: &PgPool, site: SiteId, until: DateTime<Utc>) -> Vec<Listed> {
    sqlx::query_as(LISTED).bind(site.0).bind(until).bind(STATUSES).fetch_all(owner).await.unwrap()
}

async fn listed(owner: &PgPool, site: SiteId, until: DateTime<Utc>) -> Vec<Listed> {
    const SIZE: usize = 3;
    let mut listed = Vec::new();
    loop {
        let page: Vec<PgRow> = sqlx::query(LIST)
            .bind(site.0)
            .bind(i64::MIN)
            .bind(i64::MAX)
            .bind(STATUSES)
            .bind(None::<&str>)
            .bind(SIZE as i64)
            .bind(listed.len() as i64)
            .bind(until)
            .fetch_all(owner)
            .await
            .unwrap();
        // A page without tasks is one row: the count.
        let tasks = page.iter().filter(|row| row.get::<Option<i64>, _>("id?").is_some());
        let before = listed.len();
        listed.extend(tasks.map(|row| {
            (row.get("id?"), row.get("status?"), row.get("is_pinned?"), row.get("priority_score"))
        }));
        if listed.len() < before + SIZE {
            return listed;
        }
    }
}
