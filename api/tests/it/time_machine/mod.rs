//! Looking at a past business date: a request's `asOf`, a site's sandbox, and what nobody does there.
mod acts;
mod as_of;
mod metric_edges;
mod metrics;
mod replay;
mod rolling;
mod sandbox;
mod versions;

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use domain::Calendar;
use reqwest::Method;
use serde_json::{Value, json};
use testing::{TestDbs, builders::User};

use crate::{
    app::{App, Reply, Sources},
    ask::{self, Furnished, Operation},
    world::{self, COACH, Hall},
};

/// A hall with one of everything, and somebody who may ask everything there.
struct Stage {
    app: App,
    of: Furnished,
    everyone: String,
    today: NaiveDate,
}

impl Stage {
    async fn new() -> Self {
        let app = Self::app().await;
        let hall = world::hall(&app).await;
        Self::at(app, hall).await
    }

    /// Both databases, and no limit on how much one user asks and writes.
    async fn app() -> App {
        let keys = [("LIMITS__WRITES_PER_USER", "100000/1"), ("LIMITS__SEARCHES_PER_USER", "100000/1")];
        App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await
    }

    /// Furnishes a hall; [`Hall::coach`] becomes everybody.
    async fn at(app: App, mut hall: Hall) -> Self {
        sqlx::query("DELETE FROM auth.user_assistant_binding WHERE site_id = $1 AND assistant_id = $2")
            .bind(hall.site)
            .bind(COACH)
            .execute(app.dbs.owner())
            .await
            .unwrap();
        let everyone = User::coach(hall.site, COACH).role(hall.site, "manager");
        let everyone = User { roles: [everyone.roles, vec![(None, "admin".into())]].concat(), ..everyone };
        hall.coach = everyone.insert(&app.dbs).await.unwrap();
        let of = ask::furnish(&app, hall).await;
        let (_, today) = world::now(&app.dbs).await;
        let everyone = app.token(hall.coach, hall.site);
        Self { app, of, everyone, today }
    }

    fn days_ago(&self, days: u64) -> NaiveDate {
        self.today - Days::new(days)
    }

    /// Asks an operation about the hall, as of a date.
    async fn ask_as_of(&self, operation: &Operation, as_of: &str) -> Reply {
        let mut question = ask::question(&self.app, operation, &self.of).await;
        question.path += if question.path.contains('?') { "&" } else { "?" };
        question.path += &format!("asOf={as_of}");
        ask::ask(&self.app, &self.everyone, operation, &question).await
    }

    async fn ask(&self, operation: &Operation) -> Reply {
        let question = ask::question(&self.app, operation, &self.of).await;
        ask::ask(&self.app, &self.everyone, operation, &question).await
    }

    async fn put(&self, body: &Value) -> Reply {
        let path = format!("/api/admin/runtime-context/{}", self.of.hall.site);
        self.app.send(Method::PUT, &self.everyone, &path, |request| request.json(body)).await
    }

    async fn leave(&self) -> Reply {
        let path = format!("/api/admin/runtime-context/{}", self.of.hall.site);
        self.app.send(Method::DELETE, &self.everyone, &path, |request| request).await
    }

    async fn told(&self, action: &str) -> Vec<(Option<String>, Value)> {
        sqlx::query_as(
            "SELECT object_id, detail FROM biz.audit_log WHERE action = $1 AND site_id = $2 ORDER BY id",
        )
        .bind(action)
        .bind(self.of.hall.site)
        .fetch_all(self.app.dbs.owner())
        .await
        .unwrap()
    }
}

fn reads() -> Vec<Operation> {
    ask::operations().into_iter().filter(|o| o.at == "site" && !o.writes()).collect()
}

fn writes() -> Vec<Operation> {
    ask::operations().into_iter().filter(|o| o.at == "site" && o.writes()).collect()
}

/// The cut-off that ends a date.
fn end_of(date: NaiveDate) -> DateTime<Utc> {
    Calendar::new("Asia/Shanghai", 8).unwrap().start_of(date + Days::new(1))
}

/// An hour before it.
fn late_on(date: NaiveDate) -> DateTime<Utc> {
    end_of(date) - Duration::hours(1)
}

fn runtime(mode: &str, date: NaiveDate) -> Value {
    json!({ "mode": mode, "date": date, "revised": false })
}
