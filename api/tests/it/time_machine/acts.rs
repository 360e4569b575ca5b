//! What the people of a hall do through the API on any day, or may not: a refusal changes nothing.
use reqwest::Method;
use serde_json::{Value, json};

use super::rolling::Rolling;
use crate::{
    ask,
    world::{COACH, COLLEAGUE, MEMBER},
};

impl Rolling {
    async fn write(&self, method: Method, path: &str, body: Value) -> Value {
        let reply = self.stage.app.send(method, &self.stage.everyone, path, |r| r.json(&body)).await;
        assert!(reply.status == 200 || reply.status == 409, "{path}: {}", reply.text);
        reply.json["data"].clone()
    }

    /// One thing, whichever the dice say.
    pub async fn act(&mut self) {
        let of = self.stage.of;
        let tasks = [of.task, of.unpinned, of.pinned, of.unwanted, of.handed, of.given_up, of.put_back];
        let task = tasks[self.roll(7)];
        let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
        match self.roll(12) {
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
                let notes = self.get(&list).await["data"]["list"].as_array().unwrap().clone();
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
            9 => self.change_rules().await,
            10 => {
                let path = format!("/api/member-retention-clue/{}", of.clue);
                let version = self.get(&path).await["data"]["version"].clone();
                let said = json!({ "version": version, "category": "喜好", "summary": format!("改{}", self.roll(1_000)) });
                self.write(put, &path, said).await;
            }
            _ => {
                let list = format!("/api/member-retention-clue?memberId={MEMBER}&pageSize=100");
                let clues = self.get(&list).await["data"]["list"].as_array().unwrap().clone();
                // The one that has a page of its own stays.
                let Some(clue) = clues.get(self.roll(3)) else { return };
                let path = format!("/api/member-retention-clue/{}", clue["id"]);
                if self.roll(3) == 0 && clue["id"] != json!(of.clue) {
                    self.write(delete, &path, json!({})).await;
                } else {
                    let said = json!({ "version": clue["version"], "category": "近况", "summary": format!("改{}", self.roll(1_000)) });
                    self.write(put, &path, said).await;
                }
            }
        }
    }

    async fn change_rules(&mut self) {
        let edit = ask::operations().into_iter().find(|o| o.name() == "put /api/admin/task-rules").unwrap();
        let mut question = ask::question(&self.stage.app, &edit, &self.stage.of).await;
        question.body["abandonCooldownDays"] = json!(self.roll(60));
        self.write(Method::PUT, &question.path, question.body).await;
    }
}
