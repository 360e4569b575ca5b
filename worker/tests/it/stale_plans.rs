//! What the protocol's statements cost when their plans are older than the queue: its tables are empty at one moment and full
//! at the next.
#![expect(clippy::disallowed_types, reason = "the worker's own statements, explained")]

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use store::scheduler::{claim, finish, lease};

use crate::fixture::Fixture;

/// Rows that each of 1,000 pairs or 256 runs may cost, handed from node to node, and pages. Every run compared with every head
/// would be 50,000,000 rows, with every end 12,800,000.
const ROWS: f64 = 40_000.0;
const PAGES: f64 = 20_000.0;

/// What a plan's nodes came to, all loops together.
#[derive(Debug, Default)]
struct Work {
    /// Rows written in the end.
    done: f64,
    /// Rows that were looked at: those that passed, and those that a filter or a join refused.
    rows: f64,
    /// Pages of the statement as a whole.
    pages: f64,
}

fn add(node: &Value, work: &mut Work) {
    let figure = |name: &str| node[name].as_f64().unwrap_or(0.0);
    let refused = ["Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck"];
    let per_loop: f64 = figure("Actual Rows") + refused.into_iter().map(figure).sum::<f64>();
    work.rows += per_loop * figure("Actual Loops");
    for child in node["Plans"].as_array().into_iter().flatten() {
        add(child, work);
    }
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

async fn explained(connection: &mut PgConnection, statement: &str) -> Work {
    let sql = AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"));
    let plan: Value = sqlx::query_scalar(sql).persistent(false).fetch_one(connection).await.unwrap();
    let root = &plan[0]["Plan"];
    let pages =
        ["Shared Hit Blocks", "Shared Read Blocks"].into_iter().filter_map(|name| root[name].as_f64()).sum();
    let mut work = Work { done: root["Actual Rows"].as_f64().unwrap(), rows: 0.0, pages };
    add(root, &mut work);
    work
}

const CLAIM: &str = "EXECUTE claim (256, 'a worker', '{}', 60)";
#[tokio::test]
async fn plans_made_while_nothing_waited_look_at_what_is_asked_for_and_not_at_the_whole_queue() {
    let f = Fixture::new().await;
    f.job("each", "done", "event", serde_json::json!({ "event_name": "e" })).await;
    f.sql(
        "INSERT INTO biz.sites (site_id, site_code, name) SELECT n, 'X' || n, 'x' FROM generate_series(10, 1009) AS n;
         ALTER TABLE biz.trigger_runs SET (autovacuum_enabled = off)",
    )
    .await;
    for mode in ["force_generic_plan", "force_custom_plan"] {
        f.sql("TRUNCATE biz.trigger_runs CASCADE").await;
        f.sql("VACUUM (ANALYZE) biz.trigger_runs").await;
        let mut worker = f.dbs.worker().acquire().await.unwrap();
        let [end, _] = finish::SQL;
        for statement in [
            format!("SET plan_cache_mode = {mode}"),
            format!("PREPARE claim (bigint, text, text[], float8) AS {}", claim::SQL),
            format!(
                "PREPARE finish (bigint[], integer[], text[], text[], jsonb[], float8[], bigint[]) AS {end}"
            ),
            format!("PREPARE renew (bigint[], integer[], float8, bigint[]) AS {}", lease::SQL),
        ] {
            run(&mut worker, statement).await;
        }
        let planned = [
            CLAIM,
            "EXECUTE finish ('{1}', '{1}', '{succeeded}', '{NULL}', ARRAY['{}'::jsonb], '{0}', '{1}')",
            "EXECUTE renew ('{1}', '{1}', 60, '{1}')",
        ];
        for statement in planned {
            assert_eq!(
                explained(&mut worker, statement).await.done,
                0.0,
                "nothing waits while it is planned"
            );
        }
        f.sql(
            "INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
             SELECT j.id, 10 + n % 1000, 'event' FROM biz.trigger_jobs j, generate_series(1, 50000) AS n WHERE j.job_name = 'each'",
        )
        .await;
        let claimed = explained(&mut worker, CLAIM).await;
        let (ids, epochs, claims): (String, String, String) = sqlx::query_as(
            "SELECT array_agg(id ORDER BY id)::text, array_agg(epoch ORDER BY id)::text, array_agg(claim ORDER BY id)::text
             FROM biz.trigger_runs WHERE state = 'running'",
        )
        .fetch_one(&mut *worker)
        .await
        .unwrap();
        let renew = format!("EXECUTE renew ('{ids}', '{epochs}', 60, '{claims}')");
        let finish = format!(
            "EXECUTE finish ('{ids}', '{epochs}', array_fill('succeeded'::text, ARRAY[256]), array_fill(NULL::text, ARRAY[256]),
             array_fill('{{}}'::jsonb, ARRAY[256]), array_fill(0::float8, ARRAY[256]), '{claims}')"
        );
        let renewed = explained(&mut worker, &renew).await;
        let finished = explained(&mut worker, &finish).await;
        for (what, work) in [("claim", claimed), ("renewal", renewed), ("end", finished)] {
            assert_eq!(work.done, 256.0, "{mode}, {what}");
            assert!(work.rows < ROWS && work.pages < PAGES, "{mode}, {what}: {work:?}");
        }
        worker.close().await.unwrap();
    }
}
