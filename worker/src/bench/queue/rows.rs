//! Filling, emptying and counting.
use std::time::{Duration, Instant};

use sqlx::{Executor as _, PgPool};

/// Sites and jobs; the shipped jobs rest.
pub(crate) async fn prepare(owner: &PgPool, sites: i64) -> anyhow::Result<()> {
    tear_down(owner).await?;
    owner.execute("UPDATE biz.trigger_jobs SET status = 'disabled'").await?;
    sqlx::query(
        "INSERT INTO biz.sites (site_id, site_code, name) SELECT n, 'B' || n, 'bench' FROM generate_series(1, $1) AS n
         ON CONFLICT DO NOTHING",
    )
    .bind(sites)
    .execute(owner)
    .await?;
    owner
        .execute(
            "INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config)
             SELECT name, name, 'event', jsonb_build_object('event_name', name, 'debounce_ms', debounce)
             FROM (VALUES ('bench_each', 0), ('bench_shared', 200), ('bench_noise', 0), ('bench_quiet', 0)) AS j (name, debounce)",
        )
        .await?;
    Ok(())
}

pub(crate) async fn tear_down(owner: &PgPool) -> anyhow::Result<()> {
    empty(owner).await?;
    owner.execute("DELETE FROM biz.trigger_jobs WHERE job_name LIKE 'bench\\_%'").await?;
    owner.execute("DROP TABLE IF EXISTS biz.bench_bare").await?;
    Ok(())
}

pub(crate) async fn empty(owner: &PgPool) -> anyhow::Result<()> {
    owner
        .execute("TRUNCATE biz.trigger_runs, biz.trigger_events, biz.trigger_run_events, apalis.jobs")
        .await?;
    Ok(())
}

/// All but a history that was put there on purpose; vacuumed, as autovacuum will have done by the next morning.
pub(crate) async fn empty_unfinished(owner: &PgPool) -> anyhow::Result<()> {
    owner.execute("DELETE FROM biz.trigger_events").await?;
    owner.execute("DELETE FROM biz.trigger_runs WHERE worker IS DISTINCT FROM 'history'").await?;
    owner.execute("VACUUM (ANALYZE) biz.trigger_runs").await?;
    owner.execute("VACUUM (ANALYZE) biz.trigger_events").await?;
    owner.execute("VACUUM (ANALYZE) biz.trigger_run_events").await?;
    Ok(())
}

/// Events of one transaction, site by site in turn.
pub(crate) async fn fire(owner: &PgPool, name: &str, count: i64, sites: i64) -> anyhow::Result<()> {
    fire_on(owner, name, count, sites, 0).await
}

/// The same, going on with the sites after so many events.
pub(crate) async fn fire_on(
    owner: &PgPool,
    name: &str,
    count: i64,
    sites: i64,
    fired: i64,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO biz.trigger_events (event_name, site_id) SELECT $1, 1 + ($4 + n) % $3 FROM generate_series(1, $2) AS n",
    )
    .bind(name)
    .bind(count)
    .bind(sites)
    .bind(fired)
    .execute(owner)
    .await?;
    Ok(())
}

/// Runs that wait, site by site in turn.
pub(crate) async fn queue(owner: &PgPool, job: &str, count: i64, sites: i64) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger)
         SELECT j.id, 1 + n % $3, 'event' FROM biz.trigger_jobs j, generate_series(1, $2) AS n WHERE j.job_name = $1",
    )
    .bind(job)
    .bind(count)
    .bind(sites)
    .execute(owner)
    .await?;
    Ok(())
}

/// A history: runs that ended over the last weeks.
pub(crate) async fn finish_many(owner: &PgPool, count: i64) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO biz.trigger_runs (job_id, site_id, trigger, state, attempt, epoch, worker, started_at, finished_at, not_before, stats)
         SELECT j.id, s.site_id, 'event', 'succeeded', 1, 1, 'history', t, t, t, '{}'
         FROM (SELECT id FROM biz.trigger_jobs WHERE job_name = 'bench_each') j,
              generate_series(1, $1) AS n,
              LATERAL (SELECT now() - n * interval '2 seconds' AS t) AS t,
              LATERAL (SELECT site_id FROM biz.sites WHERE site_id = 1 + n % (SELECT max(site_id) FROM biz.sites)) AS s",
    )
    .bind(count)
    .execute(owner)
    .await?;
    owner.execute("VACUUM (ANALYZE) biz.trigger_runs").await?;
    Ok(())
}

/// Waits until no event waits and every run has ended; asks for a quarter of the time at most.
pub(crate) async fn drained(owner: &PgPool) -> anyhow::Result<()> {
    loop {
        let began = Instant::now();
        let busy: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM biz.trigger_events WHERE dispatched_at IS NULL)
                 OR EXISTS (SELECT FROM biz.trigger_runs WHERE state IN ('queued', 'failed'))
                 OR EXISTS (SELECT FROM biz.trigger_runs WHERE state = 'running')",
        )
        .fetch_one(owner)
        .await?;
        if !busy {
            return Ok(());
        }
        tokio::time::sleep((3 * began.elapsed()).max(Duration::from_millis(5))).await;
    }
}

/// Which table or index of the queue has grown most.
pub(crate) async fn largest(owner: &PgPool) -> anyhow::Result<String> {
    Ok(sqlx::query_scalar(
        "SELECT c.relname || ' ' || pg_size_pretty(pg_relation_size(c.oid)) FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('biz', 'apalis') AND (c.relname LIKE 'trigger%' OR n.nspname = 'apalis') AND c.relkind IN ('r', 'i')
         ORDER BY pg_relation_size(c.oid) DESC LIMIT 1",
    )
    .fetch_one(owner)
    .await?)
}
