//! The other side of the comparison: PostgreSQL driven by pgbench, with our statements and with the least there can be.
use std::{
    io::Write as _,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use sqlx::{Executor as _, PgPool};
use store::{
    config::Url,
    scheduler::{claim, finish},
};
use tokio::process::Command;

use super::{Args, Rate, per_second, rows};

/// Claims and ends until stopped; what the worker says to the database for no-op runs, batch by batch.
fn script(slots: usize) -> String {
    let [claim, ends, siblings] = [claim::SQL, finish::SQL[0], finish::SQL[1]].map(without_comments);
    let claim = claim
        .replace("\"claim!\"", "claim")
        .replace("\"claimed_at!\"", "claimed_at")
        .replace("$1", &slots.to_string())
        .replace("$2", "'pgbench-' || pg_backend_pid()")
        .replace("$3", "ARRAY['bench_each']")
        .replace("$4", "60");
    let ends = ends
        .replace("$1", ":ids")
        .replace("$2", ":epochs")
        .replace("$3", ":states")
        .replace("$4", ":errors")
        .replace("$5", ":stats")
        .replace("$6", ":delays")
        .replace("$7", ":claims");
    let siblings = siblings.replace("$1", ":jobs").replace("$2", ":sites");
    let list = |column: &str, name: &str| {
        format!("coalesce(array_agg({column} ORDER BY id), '{{}}')::text AS {name}")
    };
    let filled =
        |value: &str, name: &str| format!("array_fill({value}, ARRAY[count(*)::integer])::text AS {name}");
    format!(
        "WITH claimed AS (\n{claim}\n)\nSELECT {}, {}, {}, {}, {}, {}, {}, {}, {} FROM claimed \\gset\n\
         BEGIN;\n{};\n\
         UPDATE biz.trigger_jobs SET last_run_at = now() WHERE job_name = 'bench_each'\n\
             AND (last_run_at IS NULL OR last_run_at < now() - interval '1 second');\n\
         {};\nCOMMIT;\n",
        list("id", "ids"),
        list("epoch", "epochs"),
        list("claim", "claims"),
        list("job_id", "jobs"),
        list("coalesce(site_id, 0)", "sites"),
        filled("'succeeded'::text", "states"),
        filled("NULL::text", "errors"),
        filled("'{}'::jsonb", "stats"),
        filled("0::float8", "delays"),
        ends.trim_end(),
        siblings.trim_end(),
    )
}

fn without_comments(sql: &str) -> String {
    sql.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n")
}

const BARE: &str = "\
WITH picked AS (SELECT id FROM biz.bench_bare WHERE NOT done ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)
UPDATE biz.bench_bare b SET done = true FROM picked WHERE b.id = picked.id;
";

/// A pgbench that runs this script until it is dropped.
async fn start(
    url: &str,
    clients: usize,
    script: &str,
) -> anyhow::Result<(tokio::process::Child, std::path::PathBuf)> {
    let file = std::env::temp_dir().join(format!("zqyy-pgbench-{}.sql", std::process::id()));
    std::fs::File::create(&file)?.write_all(script.as_bytes())?;
    let child = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared", "--time=3600", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--file={}", file.display()))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context(
            "pgbench is needed for the comparison: it comes with PostgreSQL's server or client packages",
        )?;
    Ok((child, file))
}

async fn timed(
    child: &mut tokio::process::Child,
    began: Instant,
    drained: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Duration> {
    tokio::select! {
        done = drained => done?,
        ended = child.wait() => {
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                tokio::io::AsyncReadExt::read_to_string(&mut stderr, &mut said).await?;
            }
            anyhow::bail!("pgbench ended: {} {said}", ended?);
        }
    }
    Ok(began.elapsed())
}

/// Run rows that wait, claimed and ended by pgbench as the worker's own role.
pub(super) async fn same_statements(owner: &PgPool, worker: &Url, args: &Args) -> anyhow::Result<Rate> {
    let mut rates = vec![];
    for _ in 0..args.rounds {
        rows::empty_unfinished(owner).await?;
        let began = Instant::now();
        rows::queue(owner, "bench_each", args.runs, args.sites).await?;
        let (mut child, file) = start(worker.expose(), args.workers, &script(args.slots)).await?;
        let took = timed(&mut child, began, rows::drained(owner)).await;
        child.kill().await?;
        std::fs::remove_file(file)?;
        rates.push(per_second(args.runs, took?));
    }
    Ok(Rate(rates))
}

/// A table with an id and a flag.
pub(super) async fn bare(owner: &PgPool, args: &Args) -> anyhow::Result<Rate> {
    let mut rates = vec![];
    for _ in 0..args.rounds {
        owner.execute("DROP TABLE IF EXISTS biz.bench_bare").await?;
        owner
            .execute(
                "CREATE TABLE biz.bench_bare (id bigint PRIMARY KEY, done boolean NOT NULL DEFAULT false)",
            )
            .await?;
        owner.execute("CREATE INDEX ON biz.bench_bare (id) WHERE NOT done").await?;
        let began = Instant::now();
        sqlx::query("INSERT INTO biz.bench_bare SELECT generate_series(1, $1)")
            .bind(args.runs)
            .execute(owner)
            .await?;
        let (mut child, file) = start(&args.biz_owner_url, args.workers, BARE).await?;
        let drained = async {
            loop {
                let left: bool =
                    sqlx::query_scalar("SELECT EXISTS (SELECT FROM biz.bench_bare WHERE NOT done)")
                        .fetch_one(owner)
                        .await?;
                if !left {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let took = timed(&mut child, began, drained).await;
        child.kill().await?;
        std::fs::remove_file(file)?;
        rates.push(per_second(args.runs, took?));
    }
    ensure!(!rates.is_empty(), "no rounds");
    Ok(Rate(rates))
}
