//! How each read route of the document is asked: about the coach's own hall, with ids that its answers named.
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::{Args, load};
use crate::router;

/// The route that is measured beside pgbench.
pub const BESIDE_PGBENCH: &str = "/api/xcx/tasks";

/// A client that waited so long has seen enough.
const PATIENCE: Duration = Duration::from_secs(60);

/// A read route of the document.
#[derive(Clone, Debug)]
pub struct Route {
    pub path: String,
    /// Whether it answers about a site, and so about its past.
    pub at_site: bool,
}

/// Those whose path contains `only`.
pub fn routes(only: &str) -> Vec<Route> {
    let document = router::document();
    let reads = document.paths.paths.iter().filter_map(|(path, item)| Some((path, item.get.as_ref()?)));
    // Liveness and readiness are no pages.
    let pages = reads.filter(|(path, _)| path.contains(only) && path.starts_with("/api/"));
    pages
        .map(|(path, read)| {
            let permission = read.extensions.as_ref().and_then(|more| more.get("x-permission"));
            let at_site = permission.is_some_and(|permission| permission["at"] == "site");
            Route { path: path.clone(), at_site }
        })
        .collect()
}

/// A question to one of the running APIs.
#[derive(Clone)]
pub struct Asked {
    pub client: reqwest::Client,
    pub url: String,
    pub token: String,
    /// Whether 404 is an answer too: nothing is kept where the AI is off.
    pub may_be_nothing: bool,
}

/// A question to any of them.
#[derive(Clone)]
pub struct Question {
    path: String,
    token: String,
    client: reqwest::Client,
}

impl Question {
    /// The same of a past date.
    fn as_of(&self, date: NaiveDate) -> Self {
        let more = if self.path.contains('?') { '&' } else { '?' };
        Self { path: format!("{}{more}asOf={date}", self.path), ..self.clone() }
    }

    /// To the API at that address.
    pub fn at(&self, address: &str) -> Asked {
        let url = format!("{address}{}", self.path);
        let may_be_nothing = self.path.contains("/ai-cache/");
        Asked { client: self.client.clone(), url, token: self.token.clone(), may_be_nothing }
    }
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Coach,
    Manager,
    Admin,
}

/// Knows whom and what to ask about.
pub struct Asker {
    client: reqwest::Client,
    args: Args,
    ids: Ids,
    /// Of now.
    today: NaiveDate,
    /// Of the hall, as BOARD-1 names them.
    coaches: Vec<i64>,
    past: Option<Past>,
    /// Active and abandoned tasks of the coach.
    pub tasks: i64,
}

/// A past business date, and what was there already.
#[derive(Clone, Copy, Debug)]
struct Past {
    date: NaiveDate,
    ids: Ids,
}

/// What the hall's own answers named.
#[derive(Clone, Copy, Debug, Default)]
struct Ids {
    coach: i64,
    customer: i64,
    task: i64,
    user: i64,
    site: i64,
}

impl Asker {
    /// Asks the API at `address` for a coach's first task, and who asks. Fails for a coach without a task.
    pub async fn new(address: &str, args: &Args) -> Result<Self> {
        let client = outbound::client(PATIENCE)?;
        let read = async |path: &str, token: &str| -> Result<Value> {
            let url = format!("{address}{path}");
            let asked = Asked { client: client.clone(), url, token: token.to_owned(), may_be_nothing: false };
            Ok(serde_json::from_slice(&load::ask(&asked).await?)?)
        };
        let list = read("/api/xcx/tasks", &args.coach).await?;
        let first = &list["data"]["list"][0];
        let id = |name: &str| first[name].as_i64().with_context(|| format!("the coach has no task ({name})"));
        let (coach, customer, task) = (id("assistantId")?, id("customerId")?, id("id")?);
        let me = read("/api/xcx/auth/me", &args.coach).await?;
        let user = me["data"]["userId"].as_i64().context("auth/me names no user")?;
        let site = me["data"]["siteId"].as_i64().context("auth/me names no site")?;
        let tasks = list["data"]["total"].as_i64().unwrap_or_default();
        let ids = Ids { coach, customer, task, user, site };
        let today: NaiveDate = serde_json::from_value(list["runtime"]["date"].clone())?;
        let board = read("/api/xcx/board/coaches", &args.manager).await?;
        let coaches = board["data"]["list"].as_array().into_iter().flatten();
        let coaches = coaches.filter_map(|coach| coach["assistantId"].as_i64()).collect();
        let past = match args.days_ago {
            0 => None,
            days => {
                let date = today - Days::new(days.into());
                let path = format!("/api/xcx/tasks?assistantId={coach}&asOf={date}");
                let list = read(&path, &args.manager).await?;
                let first = &list["data"]["list"][0];
                let id = |name: &str| {
                    first[name].as_i64().with_context(|| format!("the coach had no task on {date} ({name})"))
                };
                Some(Past { date, ids: Ids { customer: id("customerId")?, task: id("id")?, ..ids } })
            }
        };
        Ok(Self { client, args: args.clone(), ids, today, coaches, past, tasks })
    }

    /// A page of a site as a manager sees it now, and as it was: coaches do not look back.
    pub fn then_and_now(&self, route: &Route) -> Result<Option<[Question; 2]>> {
        let Some(Past { date, ids }) = self.past.filter(|_| route.at_site) else { return Ok(None) };
        let (who, path) = path(&route.path, ids).with_context(|| unsaid(&route.path))?;
        let (token, path) = match (who, route.path.as_str()) {
            (Who::Coach, "/api/xcx/tasks" | "/api/xcx/performance" | "/api/xcx/performance/records") => {
                let more = if path.contains('?') { '&' } else { '?' };
                (&self.args.manager, format!("{path}{more}assistantId={}", ids.coach))
            }
            (Who::Coach | Who::Manager, _) => (&self.args.manager, path),
            (Who::Admin, _) => (&self.args.admin, path),
        };
        let now = Question { path, token: token.clone(), client: self.client.clone() };
        Ok(Some([now.clone(), now.as_of(date)]))
    }

    /// A page that is read for all who ask for it at once (`extract::Together`), asked for by clients who want each their own:
    /// another coach, other days, the next rows. `None` for a page that is read for one anyway.
    pub fn each_another(&self, route: &Route) -> Option<Vec<Question>> {
        let days = |n: u64| {
            let [from, to] = [n + 30, n].map(|ago| self.today - Days::new(ago));
            format!("?from={from}&to={to}")
        };
        let path = |n: u64| match route.path.as_str() {
            "/api/xcx/board/coaches" => Some(format!("{}{}", route.path, days(n))),
            "/api/xcx/board/finance" => Some(format!("{}{}&compare=true", route.path, days(n))),
            "/api/xcx/board/customers" => Some(format!("{}?dimension=freq60&page={}", route.path, n + 1)),
            "/api/xcx/coaches/{id}" => {
                let coach = self.coaches.iter().cycle().nth(usize::try_from(n).ok()?)?;
                Some(route.path.replace("{id}", &coach.to_string()))
            }
            _ => None,
        };
        let question =
            |path| Question { path, token: self.args.manager.clone(), client: self.client.clone() };
        (0..self.args.clients.into()).map(|n| path(n).map(question)).collect()
    }

    /// The question of a route; an error names one that nobody has said how to ask.
    pub fn question(&self, route: &Route) -> Result<Question> {
        let (who, path) = path(&route.path, self.ids).with_context(|| unsaid(&route.path))?;
        let token = match who {
            Who::Coach => &self.args.coach,
            Who::Manager => &self.args.manager,
            Who::Admin => &self.args.admin,
        };
        Ok(Question { path, token: token.clone(), client: self.client.clone() })
    }
}

fn unsaid(route: &str) -> String {
    format!("GET {route} is not in api/src/bench/questions.rs: say there how it is asked")
}

/// Who asks it, and as what.
fn path(route: &str, ids: Ids) -> Option<(Who, String)> {
    use Who::{Admin, Coach, Manager};
    let Ids { coach, customer, task, user, site } = ids;
    let (who, id, query) = match route {
        "/api/xcx/tasks" => (Coach, 0, "?pageSize=20".to_owned()),
        "/api/xcx/tasks/{id}" => (Coach, task, String::new()),
        "/api/xcx/notes" => (Coach, 0, format!("?targetType=member&targetId={customer}")),
        "/api/xcx/auth/me" | "/api/xcx/auth/applications" | "/api/xcx/config/skill-types" => {
            (Coach, 0, String::new())
        }
        "/api/xcx/performance" | "/api/xcx/performance/records" => (Coach, 0, String::new()),
        "/api/xcx/customers" => (Manager, 0, "?q=%E7%8E%8B".to_owned()),
        "/api/xcx/customers/{id}" | "/api/xcx/customers/{id}/records" => (Coach, customer, String::new()),
        "/api/xcx/coaches/{id}" => (Manager, coach, String::new()),
        "/api/xcx/ai-cache/{cacheType}" => (Coach, 0, format!("?targetId={customer}")),
        "/api/xcx/board/coaches" => (Manager, 0, "?time=month".to_owned()),
        "/api/xcx/board/customers" => (Manager, 0, "?dimension=freq60".to_owned()),
        "/api/xcx/board/finance" => (Manager, 0, "?time=month&compare=true".to_owned()),
        "/api/xcx/metrics/{name}" => (Manager, 0, format!("?id={customer}")),
        "/api/xcx/replay/explain" => (Manager, 0, format!("?metric=consumption60d&id={customer}")),
        "/api/xcx/replay/compare" => {
            (Manager, 0, format!("?metrics=consumption60d,storedBalance&id={customer}"))
        }
        "/api/member-retention-clue" => (Manager, 0, format!("?memberId={customer}")),
        // One that is there is not sure to exist: the list stands for it.
        "/api/member-retention-clue/{id}" => {
            return Some((Manager, format!("/api/member-retention-clue?memberId={customer}")));
        }
        "/api/admin/task-rules" => (Manager, 0, String::new()),
        "/api/business-day" | "/api/admin/audit" | "/api/admin/users" | "/api/admin/applications" => {
            (Admin, 0, String::new())
        }
        "/api/admin/users/{id}" => (Admin, user, String::new()),
        "/api/ops/jobs" | "/api/ops/runs" | "/api/ops/events" | "/api/ops/queue" => (Admin, 0, String::new()),
        // The first of those that the migrations bring.
        "/api/ops/jobs/{id}" | "/api/ops/jobs/{id}/preview" => (Admin, 1, String::new()),
        // One that is there is not sure to be kept: the list stands for it.
        "/api/ops/runs/{id}" => return Some((Admin, "/api/ops/runs".to_owned())),
        "/api/admin/runtime-context/{id}" => (Admin, site, String::new()),
        _ => return None,
    };
    let path = route.replace("{id}", &id.to_string()).replace("{cacheType}", "app4_analysis");
    let path = path.replace("{name}", "consumption60d");
    Some((who, path + &query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_read_route_is_asked() {
        let ids = Ids { coach: 1, customer: 2, task: 3, user: 4, site: 5 };
        for Route { path: route, .. } in routes("") {
            let asked = path(&route, ids);
            assert!(asked.is_some_and(|(_, path)| !path.contains('{')), "{}", unsaid(&route));
        }
        let routes = routes("");
        assert!(routes.iter().any(|route| route.path == BESIDE_PGBENCH && route.at_site));
        assert!(routes.iter().any(|route| route.path == "/api/ops/runs" && !route.at_site));
    }
}
