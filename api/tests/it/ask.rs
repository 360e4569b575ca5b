//! Every operation of the document, and how it is asked about a hall so that those who may ask get an answer.
use reference::builders::MemberRow;
use reqwest::Method;
use serde_json::{Value, json};
use testing::builders::{Note, Site, Task, User};

use crate::{
    app::{App, Reply},
    world::{self, COACH, COLLEAGUE, Hall, MEMBER},
};

/// An operation of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    /// get, post, put, delete.
    pub method: String,
    /// With `{id}`.
    pub path: String,
    /// `x-permission.at`: anybody, token, site, everywhere.
    pub at: String,
    /// `x-permission.anyOf`
    pub any_of: Vec<String>,
    /// As it stands in the document.
    pub said: Value,
}

/// The document.
pub fn document() -> Value {
    serde_json::from_str(&api::cli::document()).unwrap()
}

/// Every operation of the document.
pub fn operations() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, said) in item.as_object().unwrap() {
            let permission = &said["x-permission"];
            let codes =
                permission["anyOf"].as_array().unwrap_or_else(|| panic!("{method} {path} demands nothing"));
            operations.push(Operation {
                method: method.clone(),
                path: path.clone(),
                at: permission["at"].as_str().unwrap().to_owned(),
                any_of: codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect(),
                said: said.clone(),
            });
        }
    }
    operations
}

impl Operation {
    /// `get /api/xcx/tasks`
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        self.method != "get"
    }
}

/// A hall with one of everything that an id can name.
#[derive(Clone, Copy, Debug)]
pub struct Furnished {
    pub hall: Hall,
    /// A member that no other hall has, with an abandoned task of [`COACH`].
    pub customer: i64,
    /// Active tasks of [`COACH`], for reading and for every action.
    pub task: i64,
    pub unpinned: i64,
    pub pinned: i64,
    pub unwanted: i64,
    pub handed: i64,
    /// Abandoned ones.
    pub given_up: i64,
    pub put_back: i64,
    /// Notes of [`Hall::coach`].
    pub note: i64,
    pub old_note: i64,
    /// Retention clues on [`MEMBER`].
    pub clue: i64,
    pub edited_clue: i64,
    pub old_clue: i64,
    /// Pending applications.
    pub application: i64,
    pub refused_application: i64,
    /// Somebody to be managed.
    pub victim: i64,
    /// Another site, to be put into the sandbox: this hall's next writes are not to be refused.
    pub sandboxed: i64,
    /// A job that nothing triggers, and runs of it at the hall: dead, and waiting.
    pub job: i64,
    pub dead_run: i64,
    pub waiting_run: i64,
}

/// Fills a hall; words in its rows end with `@site`.
pub async fn furnish(app: &App, hall: Hall) -> Furnished {
    let dbs = &app.dbs;
    let site = hall.site;
    let task = async |member: i64, change: &dyn Fn(Task) -> Task| {
        change(Task::new(site, COACH, member)).insert(dbs).await.unwrap()
    };
    let same = |task: Task| task;
    let pinned = |mut task: Task| {
        task.is_pinned = true;
        task
    };
    let abandoned = |task: Task| task.in_status("abandoned");
    let note = async || {
        let mut note = Note::on_member(site, hall.coach, COACH, MEMBER);
        note.content = format!("备注@{site}");
        note.insert(dbs).await.unwrap()
    };
    let clue = async || -> i64 {
        sqlx::query_scalar(
            "INSERT INTO public.member_retention_clue (site_id, member_id, category, summary, source, recorded_by)
             VALUES ($1, $2, '爱好', $3, 'manual', $4) RETURNING id",
        )
        .bind(site)
        .bind(MEMBER)
        .bind(format!("线索@{site}"))
        .bind(hall.manager)
        .fetch_one(dbs.owner())
        .await
        .unwrap()
    };
    let application = async || -> i64 {
        let user = User { status: "pending".into(), ..User::default() }.insert(dbs).await.unwrap();
        sqlx::query_scalar(
            "INSERT INTO auth.applications (site_id, user_id, role_code, phone) VALUES ($1, $2, 'finance', '13900000000')
             RETURNING id",
        )
        .bind(site)
        .bind(user)
        .fetch_one(dbs.owner())
        .await
        .unwrap()
    };
    let job: i64 = sqlx::query_scalar(
        "INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config, status)
         VALUES ('probe_' || $1, 'probe', 'interval', '{\"interval_seconds\": 3600}', 'disabled') RETURNING id",
    )
    .bind(site)
    .fetch_one(dbs.owner())
    .await
    .unwrap();
    let run = async |state: &str| -> i64 {
        sqlx::query_scalar(
            "INSERT INTO biz.trigger_runs (job_id, site_id, trigger, state, attempt, started_at, finished_at, error)
             VALUES ($1, $2, 'manual', $3, 5, now(), CASE WHEN $3 = 'dead' THEN now() END, '失败@' || $2) RETURNING id",
        )
        .bind(job)
        .bind(site)
        .bind(state)
        .fetch_one(dbs.owner())
        .await
        .unwrap()
    };
    let customer = 5_000_000 + site;
    MemberRow::new(site, customer).nickname(&format!("会员@{site}")).insert(dbs.etl_owner()).await.unwrap();
    task(customer, &abandoned).await;
    sqlx::query(
        "INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value)
         VALUES ($1, 'app4_analysis', $2, jsonb_build_object('summary', '分析@' || $1))",
    )
    .bind(site)
    .bind(MEMBER.to_string())
    .execute(dbs.owner())
    .await
    .unwrap();
    Furnished {
        hall,
        customer,
        task: task(MEMBER, &same).await,
        unpinned: task(MEMBER + 10, &same).await,
        pinned: task(MEMBER + 11, &pinned).await,
        unwanted: task(MEMBER + 13, &same).await,
        handed: task(MEMBER + 14, &same).await,
        given_up: task(MEMBER + 15, &abandoned).await,
        put_back: task(MEMBER + 16, &abandoned).await,
        note: note().await,
        old_note: note().await,
        clue: clue().await,
        edited_clue: clue().await,
        old_clue: clue().await,
        application: application().await,
        refused_application: application().await,
        victim: User::default().role(site, "finance").bound(site, None).insert(dbs).await.unwrap(),
        sandboxed: Site::default().insert(dbs).await.unwrap(),
        job,
        dead_run: run("dead").await,
        waiting_run: run("queued").await,
    }
}

/// A question: path with query, and body.
#[derive(Clone, Debug)]
pub struct Question {
    pub path: String,
    pub body: Value,
}

/// How an operation is asked about a hall. A new operation fails here until it is listed.
pub async fn question(app: &App, operation: &Operation, of: &Furnished) -> Question {
    let site = of.hall.site;
    let rules = json!({
        "highThreshold": 8, "priorityThreshold": 6.5, "relationshipThreshold": 5.25, "abandonCooldownDays": 10
    });
    let with = |mut body: Value, more: Value| {
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let member = format!("?targetType=member&targetId={MEMBER}");
    let (id, query, body) = match operation.name().as_str() {
        "get /healthz" | "get /readyz" | "get /api/xcx/auth/me" | "get /api/xcx/auth/applications" => {
            (0, String::new(), Value::Null)
        }
        "post /api/xcx/auth/login" | "post /api/xcx/auth/phone" => {
            (0, String::new(), json!({ "code": "探测" }))
        }
        "post /api/xcx/auth/refresh" | "post /api/auth/refresh" | "post /api/xcx/auth/logout" => {
            (0, String::new(), json!({ "refreshToken": "none" }))
        }
        "post /api/auth/login" => {
            (0, String::new(), json!({ "username": "nobody", "password": "no password" }))
        }
        "post /api/xcx/auth/dev-login" => {
            (0, String::new(), json!({ "userId": of.hall.coach, "siteId": site }))
        }
        "post /api/xcx/auth/apply" => {
            let body =
                json!({ "siteCode": format!("S{site}"), "roleCode": "finance", "phone": "13900000001" });
            (0, String::new(), body)
        }
        "post /api/xcx/auth/switch-site" => (0, String::new(), json!({ "siteId": site })),
        "get /api/xcx/tasks" => (0, format!("?assistantId={COACH}"), Value::Null),
        "get /api/xcx/tasks/{id}" => (of.task, String::new(), Value::Null),
        "post /api/xcx/tasks/{id}/pin" => (of.unpinned, String::new(), Value::Null),
        "post /api/xcx/tasks/{id}/unpin" => (of.pinned, String::new(), Value::Null),
        "post /api/xcx/tasks/{id}/abandon" => (of.unwanted, String::new(), json!({ "reason": "探测" })),
        "post /api/xcx/tasks/{id}/cancel-abandon" => (of.given_up, String::new(), Value::Null),
        "post /api/xcx/tasks/{id}/restore" => (of.put_back, String::new(), Value::Null),
        "post /api/xcx/tasks/{id}/transfer" => {
            (of.handed, String::new(), json!({ "assistantId": COLLEAGUE, "reason": "探测" }))
        }
        "get /api/xcx/performance" | "get /api/xcx/performance/records" => {
            (0, format!("?assistantId={COACH}"), Value::Null)
        }
        "get /api/xcx/coaches/{id}" => (COACH, String::new(), Value::Null),
        "get /api/xcx/customers" => (0, "?q=%E4%BC%9A%E5%91%98".to_owned(), Value::Null),
        "get /api/xcx/customers/{id}"
        | "get /api/xcx/customers/{id}/records"
        | "post /api/xcx/customers/{id}/contact" => (of.customer, String::new(), Value::Null),
        "get /api/xcx/config/skill-types" => (0, String::new(), Value::Null),
        "get /api/xcx/ai-cache/{cacheType}" => (0, format!("?targetId={MEMBER}"), Value::Null),
        "get /api/xcx/board/coaches" => (0, "?time=lastMonth&sort=sv_desc".into(), Value::Null),
        "get /api/xcx/board/customers" => (0, "?dimension=loyal".into(), Value::Null),
        "get /api/xcx/board/finance" => (0, "?time=lastMonth&compare=true".into(), Value::Null),
        "get /api/xcx/metrics/{name}" => (0, format!("?id={MEMBER}"), Value::Null),
        "get /api/xcx/replay/explain" => (0, format!("?metric=storedBalance&id={MEMBER}"), Value::Null),
        "get /api/xcx/replay/compare" => (0, format!("?metrics=storedBalance&id={MEMBER}"), Value::Null),
        "get /api/xcx/notes" => (0, member, Value::Null),
        "post /api/xcx/notes" => (
            0,
            String::new(),
            json!({ "targetType": "member", "targetId": MEMBER, "content": "探测", "taskId": of.task }),
        ),
        "delete /api/xcx/notes/{id}" => (of.old_note, String::new(), Value::Null),
        "get /api/member-retention-clue" => (0, format!("?memberId={MEMBER}"), Value::Null),
        "post /api/member-retention-clue" => {
            (0, String::new(), json!({ "memberId": MEMBER, "category": "爱好", "summary": "探测" }))
        }
        "get /api/member-retention-clue/{id}" => (of.clue, String::new(), Value::Null),
        "put /api/member-retention-clue/{id}" => {
            (of.edited_clue, String::new(), json!({ "version": 1, "category": "爱好", "summary": "探测" }))
        }
        "delete /api/member-retention-clue/{id}" => (of.old_clue, String::new(), Value::Null),
        "get /api/admin/task-rules" | "get /api/business-day" => (0, String::new(), Value::Null),
        "put /api/admin/task-rules" => {
            let (_, today) = world::now(&app.dbs).await;
            let newest: i32 =
                sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM biz.task_rules WHERE site_id = $1")
                    .bind(site)
                    .fetch_one(app.dbs.owner())
                    .await
                    .unwrap();
            (0, String::new(), with(rules, json!({ "effectiveFrom": today, "basedOnVersion": newest })))
        }
        "post /api/admin/task-rules/preview" => (0, String::new(), rules),
        "put /api/business-day" => {
            let based_on: chrono::DateTime<chrono::Utc> =
                sqlx::query_scalar("SELECT updated_at FROM biz.sites WHERE site_id = $1")
                    .bind(site)
                    .fetch_one(app.dbs.owner())
                    .await
                    .unwrap();
            (0, String::new(), json!({ "timezone": "Asia/Shanghai", "cutoffHour": 8, "basedOn": based_on }))
        }
        "get /api/admin/runtime-context/{id}" | "delete /api/admin/runtime-context/{id}" => {
            (site, String::new(), Value::Null)
        }
        "put /api/admin/runtime-context/{id}" => {
            let (_, today) = world::now(&app.dbs).await;
            (of.sandboxed, String::new(), json!({ "date": today, "minutes": 1 }))
        }
        "get /api/ops/jobs" | "get /api/ops/queue" => (0, String::new(), Value::Null),
        "get /api/ops/jobs/{id}" | "get /api/ops/jobs/{id}/preview" => (of.job, String::new(), Value::Null),
        "post /api/ops/jobs/{id}/enable" | "post /api/ops/jobs/{id}/disable" => {
            (of.job, String::new(), Value::Null)
        }
        "post /api/ops/jobs/{id}/run" => (of.job, String::new(), json!({ "siteId": site })),
        "put /api/ops/jobs/{id}" => {
            let based_on: chrono::DateTime<chrono::Utc> =
                sqlx::query_scalar("SELECT updated_at FROM biz.trigger_jobs WHERE id = $1")
                    .bind(of.job)
                    .fetch_one(app.dbs.owner())
                    .await
                    .unwrap();
            let more = json!({ "description": "探测", "basedOn": based_on });
            (of.job, String::new(), with(every_morning(), more))
        }
        "post /api/ops/jobs/preview" => (0, String::new(), every_morning()),
        "get /api/ops/runs" | "get /api/ops/events" => (0, format!("?siteId={site}"), Value::Null),
        "get /api/ops/runs/{id}" | "post /api/ops/runs/{id}/retry" => {
            (of.dead_run, String::new(), Value::Null)
        }
        "post /api/ops/runs/{id}/cancel" => (of.waiting_run, String::new(), Value::Null),
        "post /api/ops/events" => {
            let body = json!({ "eventName": "probe", "siteId": site, "payload": { "batch": "探测" }, "dedupKey": null });
            (0, String::new(), body)
        }
        "get /api/admin/audit" | "get /api/admin/users" | "get /api/admin/applications" => {
            (0, format!("?siteId={site}"), Value::Null)
        }
        "get /api/admin/users/{id}" => (of.victim, String::new(), Value::Null),
        "post /api/admin/users/{id}/disable" | "post /api/admin/users/{id}/enable" => {
            (of.victim, String::new(), Value::Null)
        }
        "put /api/admin/users/{id}/roles" => {
            (of.victim, String::new(), json!({ "siteId": site, "roles": ["finance"] }))
        }
        "put /api/admin/users/{id}/binding" => {
            (of.victim, String::new(), json!({ "siteId": site, "assistantId": null }))
        }
        "post /api/admin/applications/{id}/approve" => (of.application, String::new(), json!({})),
        "post /api/admin/applications/{id}/reject" => {
            (of.refused_application, String::new(), json!({ "reason": "探测" }))
        }
        name => panic!("{name} is not covered: say here how it is asked"),
    };
    let path = operation.path.replace("{id}", &id.to_string()).replace("{cacheType}", "app4_analysis");
    let path = path.replace("{name}", "storedBalance");
    Question { path: path + &query, body }
}

/// A schedule, as an operator sends it.
fn every_morning() -> Value {
    json!({
        "triggerCondition": "cron",
        "triggerConfig": { "cron_expression": "0 4 * * *", "timezone": "Asia/Shanghai" },
    })
}

/// Asks.
pub async fn ask(app: &App, token: &str, operation: &Operation, question: &Question) -> Reply {
    send(app, token, operation, question, |request| request).await
}

/// Asks, with something added.
pub async fn send(
    app: &App,
    token: &str,
    operation: &Operation,
    question: &Question,
    change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) -> Reply {
    let method: Method = operation.method.to_uppercase().parse().unwrap();
    let body = (!question.body.is_null()).then(|| question.body.clone());
    app.send(method, token, &question.path, |request| {
        change(match &body {
            Some(body) => request.json(body),
            None => request,
        })
    })
    .await
}

/// (table, md5 of its rows at a site), of every table that has sites.
pub async fn rows_of_site(app: &App, site: i64) -> Vec<(String, String)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', table_schema, table_name)
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema IN ('auth', 'biz', 'public') AND column_name = 'site_id' AND table_type = 'BASE TABLE'
         ORDER BY 1",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    assert!(tables.len() >= 15, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        let sql = format!(
            "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t WHERE site_id = $1"
        );
        let sum: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(site).fetch_one(app.dbs.owner()).await.unwrap();
        rows.push((table, sum));
    }
    rows
}
