use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use reference::builders::{ConsumptionRow, RelationRow, SalaryRow, ServiceRow};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, end_of};
use crate::world::{COACH, COLLEAGUE, MEMBER};

const DAYS: u64 = 24;

/// A hall that lives on, day by day: its people act through the API, its warehouse rolls forward.
struct Lived {
    stage: Stage,
    /// Deleted notes.
    deleted: Vec<i64>,
    /// (date, path, what it showed at the end of the day).
    shown: Vec<(chrono::NaiveDate, String, Value)>,
    dice: u64,
}

impl Lived {
    /// 0..n, the same in every run.
    fn roll(&mut self, n: u64) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.dice >> 33) % n).unwrap()
    }

    fn pages(&self) -> Vec<String> {
        let task = self.stage.of.task;
        vec![
            format!("/api/xcx/tasks?assistantId={COACH}&pageSize=100"),
            format!("/api/xcx/tasks?assistantId={COLLEAGUE}&pageSize=100"),
            "/api/xcx/tasks?status=transferred&pageSize=100".to_owned(),
            format!("/api/xcx/tasks/{task}"),
            format!("/api/xcx/tasks/{}", self.stage.of.pinned),
            format!("/api/xcx/coaches/{COACH}"),
            format!("/api/xcx/customers/{MEMBER}"),
            format!("/api/xcx/customers/{MEMBER}/records"),
            format!("/api/xcx/performance?assistantId={COACH}"),
            format!("/api/xcx/performance/records?assistantId={COACH}"),
            format!("/api/xcx/notes?targetType=member&targetId={MEMBER}&pageSize=100"),
            format!("/api/member-retention-clue?memberId={MEMBER}&pageSize=100"),
            "/api/xcx/board/coaches?time=month&sort=task_desc".to_owned(),
            "/api/xcx/board/customers?dimension=balance".to_owned(),
            "/api/xcx/board/customers?dimension=loyal".to_owned(),
            "/api/xcx/board/finance?time=month&compare=true".to_owned(),
            "/api/admin/task-rules".to_owned(),
        ]
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.stage.app.get(&self.stage.everyone, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        assert_eq!(reply.json["data"].get("degraded").cloned().unwrap_or(json!([])), json!([]), "{path}");
        reply.json["data"].clone()
    }

    async fn write(&self, method: Method, path: &str, body: Value) -> Value {
        let reply = self.stage.app.send(method, &self.stage.everyone, path, |r| r.json(&body)).await;
        assert!(reply.status == 200 || reply.status == 409, "{path}: {}", reply.text);
        reply.json["data"].clone()
    }

    /// The business clock stands at noon of the day, or later.
    async fn set_clock(&self, at: DateTime<Utc>) {
        let real: DateTime<Utc> =
            sqlx::query_scalar("SELECT now()").fetch_one(self.stage.app.dbs.owner()).await.unwrap();
        self.stage.app.dbs.set_clock_offset((at - real).num_seconds()).await.unwrap();
    }

    /// What the ETL and the hall's till do on a day.
    async fn roll_forward(&mut self, day: u64, noon: DateTime<Utc>) {
        let (site, date) = (self.stage.of.hall.site, self.stage.today + chrono::Days::new(day));
        let (rs, balance) = (format!("{}.{:02}", self.roll(9), self.roll(99)), self.roll(5_000));
        let id = 1_000 + i64::try_from(day).unwrap();
        let etl = self.stage.app.dbs.etl_owner();
        let at = noon - Duration::hours(1);
        ServiceRow::new(site, id, COACH, MEMBER, at).loaded_at(at).insert(etl).await.unwrap();
        RelationRow::new(site, date, COACH, MEMBER).rs(&rs).insert(etl).await.unwrap();
        ConsumptionRow::new(site, date, MEMBER, date).insert(etl).await.unwrap();
        let hours = format!("{}.5", 100 + day).parse().unwrap();
        let mut pay = SalaryRow::new(site, date, COACH, hours);
        pay.tier_id = 2;
        pay.insert(etl).await.unwrap();
        // The card's balance moves: one version ends, the next begins.
        sqlx::query(
            "WITH ended AS (
                 UPDATE dim.member_card_account SET scd2_end_time = $3, scd2_is_current = 0
                 WHERE site_id = $1 AND tenant_member_id = $2 AND scd2_end_time IS NULL
                 RETURNING site_id, card_account_id, tenant_member_id, card_kind, card_type_name)
             INSERT INTO dim.member_card_account (site_id, card_account_id, tenant_member_id, card_kind, card_type_name,
                 balance, scd2_start_time, scd2_is_current)
             SELECT site_id, card_account_id, tenant_member_id, card_kind, card_type_name, $4::bigint, $3, 1 FROM ended",
        )
        .bind(site)
        .bind(MEMBER)
        .bind(at)
        .bind(i64::try_from(balance).unwrap())
        .execute(etl)
        .await
        .unwrap();
    }

    /// Whatever somebody may do on a day, or may not: a refusal changes nothing.
    async fn act(&mut self) {
        let of = self.stage.of;
        let tasks = [of.task, of.unpinned, of.pinned, of.unwanted, of.handed, of.given_up, of.put_back];
        let task = tasks[self.roll(7)];
        let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
        match self.roll(10) {
            0 => drop(self.write(post, &format!("/api/xcx/tasks/{task}/pin"), json!({})).await),
            1 => drop(self.write(post, &format!("/api/xcx/tasks/{task}/unpin"), json!({})).await),
            2 => {
                let why = json!({ "reason": format!("理由{}", self.roll(100)) });
                self.write(post, &format!("/api/xcx/tasks/{task}/abandon"), why).await;
            }
            3 => drop(self.write(post, &format!("/api/xcx/tasks/{task}/cancel-abandon"), json!({})).await),
            4 => {
                let to = json!({ "assistantId": COLLEAGUE, "reason": "换人" });
                self.write(post, &format!("/api/xcx/tasks/{task}/transfer"), to).await;
            }
            5 | 6 => {
                let (on, about) = ([("member", MEMBER), ("coach", COACH)][self.roll(2)], self.roll(2) == 0);
                let linked = (on.0 == "member" && about).then_some(of.task);
                let body = json!({ "targetType": on.0, "targetId": on.1, "taskId": linked,
                                   "content": format!("备注{}", self.roll(1_000)), "score": 1 + self.roll(5) });
                self.write(post, "/api/xcx/notes", body).await;
            }
            7 => {
                let list = format!("/api/xcx/notes?targetType=member&targetId={MEMBER}&pageSize=100");
                let notes = self.get(&list).await["list"].as_array().unwrap().clone();
                if let Some(note) = notes.get(self.roll(4)) {
                    let id = note["id"].as_i64().unwrap();
                    self.write(delete, &format!("/api/xcx/notes/{id}"), json!({})).await;
                    self.deleted.push(id);
                }
            }
            8 => {
                let said = json!({ "memberId": MEMBER, "category": "爱好", "summary": format!("线索{}", self.roll(1_000)) });
                self.write(post, "/api/member-retention-clue", said).await;
            }
            _ => {
                let list = format!("/api/member-retention-clue?memberId={MEMBER}&pageSize=100");
                let clues = self.get(&list).await["list"].as_array().unwrap().clone();
                let Some(clue) = clues.get(self.roll(3)) else { return };
                let path = format!("/api/member-retention-clue/{}", clue["id"]);
                if self.roll(3) == 0 {
                    self.write(delete, &path, json!({})).await;
                } else {
                    let said = json!({ "version": clue["version"], "category": "近况", "summary": format!("改{}", self.roll(1_000)) });
                    self.write(put, &path, said).await;
                }
            }
        }
    }
}

/// Of a note that is deleted now its place is left, and nothing of what it said.
fn without_words(page: &mut Value, deleted: &[i64]) {
    match page {
        Value::Array(items) => items.iter_mut().for_each(|item| without_words(item, deleted)),
        Value::Object(fields) => {
            let is_deleted = fields.contains_key("removed")
                && fields["id"].as_i64().is_some_and(|id| deleted.contains(&id));
            if is_deleted {
                for said in [
                    "content",
                    "ratingServiceWillingness",
                    "ratingRevisitLikelihood",
                    "score",
                    "aiScore",
                    "aiAnalysis",
                ] {
                    fields[said] = Value::Null;
                }
                fields["removed"] = json!(true);
            }
            fields.values_mut().for_each(|field| without_words(field, deleted));
        }
        _ => {}
    }
}

/// Every page of every day, asked for again when three weeks and more have passed.
#[tokio::test]
async fn a_past_date_shows_what_it_showed_then() {
    let mut lived = Lived { stage: Stage::new().await, deleted: vec![], shown: vec![], dice: 20_260_420 };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for day in 1..=DAYS {
        let date = lived.stage.today + chrono::Days::new(day);
        let noon = end_of(date) - Duration::hours(20);
        lived.set_clock(noon).await;
        lived.roll_forward(day, noon).await;
        for _ in 0..6 {
            lived.act().await;
        }
        for path in lived.pages() {
            let page = lived.get(&path).await;
            lived.shown.push((date, path, page));
        }
    }
    for (date, path, shown) in &lived.shown {
        let as_of = format!("{path}{}asOf={date}", if path.contains('?') { '&' } else { '?' });
        let mut expected = shown.clone();
        without_words(&mut expected, &lived.deleted);
        let now = lived.get(&as_of).await;
        assert_eq!(now, expected, "{as_of}");
        let is_news =
            lived.shown.iter().any(|(later, other, page)| later > date && other == path && page != shown);
        *seen.entry(path.clone()).or_default() += usize::from(is_news);
    }
    // A page that never changed would prove nothing.
    for (path, changed) in &seen {
        assert!(
            *changed > 0 || path.contains("task-rules") || path.contains("finance"),
            "{path} never changed"
        );
    }
    assert!(!lived.deleted.is_empty());
}
