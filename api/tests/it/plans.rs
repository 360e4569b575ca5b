//! A hall of a million rows: every read answers whole, and none of its statements reads a large table from end to end.
use std::{collections::BTreeMap, path::Path};

use api::bench::{recorder::Recorder, wire::Statement};
use chrono::Days;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, PgPool};
use testing::{Role, builders::User};

use crate::{
    app::App,
    ask,
    big_hall::{self, Size},
    world::{self, COACH, MEMBER},
};

/// A table with fewer rows may be read as PostgreSQL likes.
const SMALL: f64 = 20_000.0;
/// Of a larger one a statement reads no more than this part, by whichever index: less than two months of 18, and little
/// more than one hall of the business database's five.
const PART: f64 = 0.22;
/// Reads of all there is: an administrator's log says how many lines it has, of every site.
const WHOLE: &str = r#"SELECT count(*) AS "total!" FROM biz.audit_log"#;

/// Asked besides the questions of [`ask::question`]: a statement is planned by what it is asked for.
const BESIDES: &[&str] = &[
    "/api/xcx/tasks",
    "/api/xcx/tasks?status=completed",
    "/api/xcx/tasks?taskType=relationship_building&page=5",
    "/api/xcx/customers?q=5678",
    "/api/xcx/board/coaches?time=today&skill=eight&sort=sv_desc",
    "/api/xcx/board/coaches?time=month",
    "/api/xcx/board/customers?dimension=recall&page=40&pageSize=100",
    "/api/xcx/board/customers?dimension=potential",
    "/api/xcx/board/customers?dimension=balance",
    "/api/xcx/board/customers?dimension=recharge",
    "/api/xcx/board/customers?dimension=recent",
    "/api/xcx/board/customers?dimension=spend60",
    "/api/xcx/board/customers?dimension=freq60&pageSize=100",
    "/api/xcx/board/finance?time=month&compare=true",
    "/api/xcx/board/finance?area=%E5%A4%A7%E5%8E%85",
    "/api/xcx/board/finance?from=2000-01-01&to=2000-01-02&area=%E5%A4%A7%E5%8E%85",
    "/api/ops/runs",
    "/api/ops/runs?page=100",
    "/api/ops/runs?state=succeeded",
    "/api/ops/runs?state=skipped",
    "/api/ops/runs?state=dead",
    "/api/ops/runs?state=queued",
    // A job that runs all the time, and one that hardly does.
    "/api/ops/runs?jobId=1",
    "/api/ops/runs?jobId=7",
    "/api/ops/events",
    "/api/ops/events?state=dispatched",
    "/api/ops/events?state=refused",
    "/api/ops/events?state=waiting",
];

/// Warehouse queries that no page asks, with arguments by which they are explained here; none = not about a hall's rows.
const OF_OTHERS: &[(&str, Option<&str>)] = &[
    ("catalog.sql", None),
    ("readable_beyond.sql", None),
    ("zone_changes.sql", None),
    ("first_service.sql", Some("'{1,2}', '{11,12}', '{1001,1002}', '{2026-01-01,2026-01-01}'")),
    ("morning_dates.sql", Some("current_date")),
    ("morning_pairs.sql", Some("current_date")),
];

/// A scan of a large table.
struct Scan {
    table: String,
    how: String,
    /// Of the table's rows those that were looked at; above 1 when they were looked at again.
    part: f64,
}

impl std::fmt::Display for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}, {:.1} % of its rows", self.how, self.table, self.part * 100.0)
    }
}

/// Tables and their rows, as the planner knows them.
async fn sizes(pool: &PgPool) -> BTreeMap<String, f64> {
    let tables = sqlx::query_as::<_, (String, f64)>(
        "SELECT relname::text, reltuples::float8 FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
         WHERE relkind = 'r' AND nspname IN ('dim', 'dwd', 'dws', 'cfg', 'auth', 'biz', 'public')",
    );
    tables.fetch_all(pool).await.unwrap().into_iter().collect()
}

fn scans(node: &Value, sizes: &BTreeMap<String, f64>, found: &mut Vec<Scan>) {
    let number = |name: &str| node[name].to_string().parse::<f64>().unwrap_or(0.0);
    // A branch that is for the past alone is not taken today.
    if number("Actual Loops") == 0.0 {
        return;
    }
    if let Some(table) = node["Relation Name"].as_str()
        && let Some(rows) = sizes.get(table).filter(|rows| **rows >= SMALL)
    {
        let looked = number("Actual Rows") + number("Rows Removed by Filter");
        let part = looked * number("Actual Loops") / rows;
        let how = node["Node Type"].as_str().unwrap_or_default().to_owned();
        found.push(Scan { table: table.to_owned(), how, part });
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        let first = found.len();
        scans(child, sizes, found);
        // Any rows will do, so many of them: it stops when it has them.
        if node["Node Type"] == "Limit" && child["Node Type"] == "Seq Scan" {
            found[first..].iter_mut().for_each(|scan| scan.how = "Seq Scan up to a limit".to_owned());
        }
    }
}

fn literal((text, kind): &(Option<String>, &'static str)) -> String {
    match text {
        Some(text) => format!("'{}'::{kind}", text.replace('\'', "''")),
        None => format!("NULL::{kind}"),
    }
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

async fn explained(connection: &mut PgConnection, sql: &str, kinds: &str, values: &str) -> Value {
    let called = |list: &str| if list.is_empty() { String::new() } else { format!(" ({list})") };
    run(connection, format!("PREPARE asked{} AS {sql}", called(kinds))).await;
    let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{}", called(values));
    let plan: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    run(connection, "DEALLOCATE asked".to_owned()).await;
    plan[0]["Plan"].clone()
}

/// Says again what was said: the reads, and how each came by its rows. Transactions, sites and savepoints come about as
/// they did.
async fn replay<'s>(connection: &mut PgConnection, said: &'s [Statement]) -> Vec<(&'s str, Value)> {
    let mut plans = Vec::new();
    for statement in said {
        let first = statement.sql.lines().find(|line| !line.starts_with("--")).unwrap_or_default();
        if !["SELECT", "WITH", "INSERT", "UPDATE"].iter().any(|verb| first.trim_start().starts_with(verb)) {
            run(connection, statement.sql.clone()).await;
            continue;
        }
        let texts = statement.texts().unwrap();
        let kinds = texts.iter().map(|(_, kind)| *kind).collect::<Vec<_>>().join(", ");
        let values = texts.iter().map(literal).collect::<Vec<_>>().join(", ");
        plans.push((&*statement.sql, explained(connection, &statement.sql, &kinds, &values).await));
    }
    plans
}

fn too_much(plan: &Value, sizes: &BTreeMap<String, f64>) -> Vec<Scan> {
    let mut found = Vec::new();
    scans(plan, sizes, &mut found);
    found.retain(|scan| scan.how == "Seq Scan" || scan.part > PART);
    found
}

/// SQL of the warehouse's committed queries by file, without the roll-up's definitions, which are not read by anybody here.
fn committed() -> BTreeMap<String, String> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/warehouse/queries"));
    let mut queries = BTreeMap::new();
    for folder in ["", "board", "finance"] {
        for file in std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "sql") {
                let name = file.strip_prefix(root).unwrap().display().to_string();
                queries.insert(name, std::fs::read_to_string(&file).unwrap());
            }
        }
    }
    assert!(queries.len() > 40, "{}", queries.len());
    queries
}

/// Rows of each table at which a statement looked.
fn looked_at(node: &Value, rows: &mut BTreeMap<String, f64>) {
    if let Some(table) = node["Relation Name"].as_str() {
        let number = |name: &str| node[name].to_string().parse::<f64>().unwrap_or(0.0);
        let each = number("Actual Rows") + number("Rows Removed by Filter");
        *rows.entry(table.to_owned()).or_default() += each * number("Actual Loops");
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        looked_at(child, rows);
    }
}

/// However often a coach's tasks have changed since: the one score that held then of each that scores otherwise now, and
/// reasons for the page alone.
#[tokio::test]
async fn a_list_of_the_past_does_not_read_through_what_came_before_and_after() {
    const MORNINGS: i64 = 100;
    const TASKS: u32 = 200;
    let keys = [("API__MODULE_TIMEOUT_MS", "20000"), ("API__REQUEST_TIMEOUT_MS", "60000")];
    let (app, recorders) = App::heard(&keys).await;
    let hall = world::hall(&app).await;
    big_hall::fill(&app, hall, Size::CROWD).await;
    for sql in [
        "UPDATE biz.coach_tasks SET created_at = now() - ($2 + 1) * interval '1 day', updated_at = now()
         WHERE site_id = $1 AND status = 'active'",
        "INSERT INTO biz.coach_task_scores (site_id, task_id, valid_from, priority_score, created_at)
         SELECT site_id, id, now() - n * interval '1 day', n % 10, now() - (n - 1) * interval '1 day'
         FROM biz.coach_tasks, generate_series(1, $2) AS n WHERE site_id = $1 AND status = 'active' AND (n > 30 OR id % 2 = 0)",
        "UPDATE biz.coach_tasks SET scored_at = now() - (CASE id % 2 WHEN 0 THEN 0 ELSE least($2, 30) END) * interval '1 day'
         WHERE site_id = $1 AND status = 'active'",
        "INSERT INTO biz.coach_task_reasons (site_id, task_id, valid_from, created_at)
         SELECT site_id, id, now() - n * interval '1 day', now() - (n - 1) * interval '1 day'
         FROM biz.coach_tasks, generate_series(1, $2) AS n WHERE site_id = $1 AND status = 'active'",
    ] {
        sqlx::query(sql).bind(hall.site).bind(MORNINGS).execute(app.dbs.owner()).await.unwrap();
    }
    sqlx::raw_sql("ANALYZE").execute(app.dbs.owner()).await.unwrap();

    let (own, rescored): (f64, f64) = sqlx::query_as(
        "SELECT count(*)::float8, (count(*) FILTER (WHERE status = 'active' AND id % 2 = 0))::float8
         FROM biz.coach_tasks WHERE site_id = $1 AND assistant_id = $2",
    )
    .bind(hall.site)
    .bind(COACH)
    .fetch_one(app.dbs.owner())
    .await
    .unwrap();

    let (_, today) = world::now(&app.dbs).await;
    let token = app.token(hall.manager, hall.site);
    let path = format!("/api/xcx/tasks?assistantId={COACH}&status=active&asOf={}", today - Days::new(20));
    recorders.iter().for_each(Recorder::begin);
    assert_eq!(app.get(&token, &path).await.data()["total"], json!(TASKS));
    let said: Vec<_> = recorders[0].take().into_iter().flatten().collect();
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let mut connection = PgConnection::connect_with(&app.dbs.biz_options(Role::Api)).await.unwrap();
        run(&mut connection, format!("SET plan_cache_mode = {mode}")).await;
        let mut rows = BTreeMap::new();
        replay(&mut connection, &said).await.iter().for_each(|(_, plan)| looked_at(plan, &mut rows));
        // The page's tasks are read again, whole.
        let most =
            [("coach_task_scores", rescored), ("coach_task_reasons", 20.0), ("coach_tasks", own + 60.0)];
        for (table, most) in most {
            assert!((1.0..=most).contains(&rows[table]), "{mode}: {table}: {rows:?}");
        }
    }
}

#[tokio::test]
async fn a_million_rows_are_read_by_index() {
    let keys = [
        ("API__MODULE_TIMEOUT_MS", "20000"),
        ("API__REQUEST_TIMEOUT_MS", "60000"),
        ("LIMITS__SEARCHES_PER_USER", "1000/1"),
    ];
    let (app, recorders) = App::heard(&keys).await;
    let hall = world::hall(&app).await;
    let furnished = ask::furnish(&app, hall).await;
    big_hall::fill(&app, hall, Size::MILLION).await;
    let all = User::manager(hall.site).role(hall.site, "admin").insert(&app.dbs).await.unwrap();
    let tokens = [app.token(hall.coach, hall.site), app.token(all, hall.site)];
    let sizes = [sizes(app.dbs.owner()).await, sizes(app.dbs.etl_owner()).await];
    assert!(sizes[1].values().sum::<f64>() >= 1_000_000.0, "{:?}", sizes[1]);

    // Every read, as a coach and as somebody who sees the whole hall.
    let mut said = [Vec::new(), Vec::new()];
    let mut paths: Vec<String> = BESIDES.iter().map(|path| (*path).to_owned()).collect();
    for operation in ask::operations().iter().filter(|o| !o.writes() && o.at != "anybody") {
        paths.push(ask::question(&app, operation, &furnished).await.path);
    }
    // And every read of the hall as of three weeks ago, and of most of a year.
    let (_, today) = world::now(&app.dbs).await;
    for operation in ask::operations().iter().filter(|o| !o.writes() && o.at == "site") {
        let path = ask::question(&app, operation, &furnished).await.path;
        let more = if path.contains('?') { '&' } else { '?' };
        for days in [20, 300] {
            paths.push(format!("{path}{more}asOf={}", today - Days::new(days)));
        }
    }
    paths.push(format!("/api/xcx/customers/{MEMBER}"));
    paths.push(format!("/api/xcx/customers/{MEMBER}/records"));
    paths.push(format!("/api/xcx/performance?assistantId={COACH}"));
    for path in &paths {
        recorders.iter().for_each(Recorder::begin);
        let mut answered = false;
        for token in &tokens {
            let reply = app.get(token, path).await;
            let of_the_past = path.contains("asOf=") && reply.status == 404;
            answered |= of_the_past;
            assert!(
                of_the_past || [200, 403, 422].contains(&reply.status.as_u16()),
                "{path}: {}",
                reply.text
            );
            if reply.status == 200 {
                answered = true;
                let degraded = &reply.json["data"]["degraded"];
                assert!(degraded.is_null() || *degraded == json!([]), "{path}: {degraded}");
            }
        }
        assert!(answered || path.contains("from=2000"), "{path}");
        for (said, recorder) in said.iter_mut().zip(&recorders) {
            said.extend(recorder.take().into_iter().flatten());
        }
    }

    // Once with the values known to the planner, once without: PostgreSQL chooses between the two after five times.
    let mut wrong = Vec::new();
    for mode in ["force_custom_plan", "force_generic_plan"] {
        for (side, options) in
            [app.dbs.biz_options(Role::Api), app.dbs.etl_options(Role::EtlReader)].iter().enumerate()
        {
            let mut connection = PgConnection::connect_with(options).await.unwrap();
            run(&mut connection, format!("SET plan_cache_mode = {mode}")).await;
            for (sql, plan) in replay(&mut connection, &said[side]).await {
                if !sql.starts_with(WHOLE) {
                    let found = too_much(&plan, &sizes[side]).into_iter();
                    wrong.extend(found.map(|scan| format!("{mode}: {scan}\n{sql}")));
                }
            }
        }
    }

    let mut connection = PgConnection::connect_with(&app.dbs.etl_options(Role::EtlReader)).await.unwrap();
    run(&mut connection, format!("SET app.current_site_id = '{}'", hall.site)).await;
    for (file, sql) in committed() {
        match OF_OTHERS.iter().find(|(other, _)| *other == file) {
            Some((_, Some(values))) => {
                let plan = explained(&mut connection, &sql, "", values).await;
                wrong.extend(too_much(&plan, &sizes[1]).into_iter().map(|scan| format!("{scan}\n{file}")));
            }
            Some((_, None)) => {}
            None => assert!(
                said[1].iter().any(|statement| statement.sql.trim() == sql.trim()),
                "no question here reaches shared/warehouse/queries/{file}"
            ),
        }
    }
    wrong.sort_unstable();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} statements read too much:\n{}", wrong.len(), wrong.join("\n\n"));
}
