//! `worker bench generator`: the morning of many sites beside what PostgreSQL alone needs for the same rows.
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use domain::SiteId;
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};
use store::SystemDoor;
use warehouse::Warehouse;

use super::table::{Spread, Table, peak_memory};
use crate::jobs::{
    morning::{self, MorningOutcome},
    work::Work,
};

/// Sizes, and where to work. Both databases must be migrated and empty: they are filled and left behind.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Business database, empty, as its owner (fills, truncates, runs the comparison).
    #[arg(long)]
    biz_owner_url: String,
    /// Warehouse, empty, as its owner.
    #[arg(long)]
    etl_owner_url: String,
    /// Halls.
    #[arg(long, default_value_t = 100)]
    sites: i64,
    /// Coaches of a hall.
    #[arg(long, default_value_t = 50)]
    coaches: i64,
    /// Members of a coach.
    #[arg(long, default_value_t = 200)]
    members: i64,
    /// Rounds; each measures both sides.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// The side that is measured: the worker's own roles and code.
struct Bench {
    args: Args,
    owner: PgPool,
    door: SystemDoor,
    warehouse: Warehouse,
    stat_date: NaiveDate,
}

/// Fills both databases, measures, and returns the table.
pub async fn run(args: Args, biz: PgPool, warehouse: Warehouse) -> anyhow::Result<Table> {
    let owner = pool(&args.biz_owner_url).await.context("--biz-owner-url")?;
    let etl = pool(&args.etl_owner_url).await.context("--etl-owner-url")?;
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.sites").fetch_one(&owner).await?;
    ensure!(there == 0, "the business database has {there} sites: the bench fills an empty one");
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT biz.business_now()").fetch_one(&owner).await?;
    // Yesterday in Shanghai's business days, so that the snapshot is fresh.
    let stat_date = (now - chrono::Duration::days(1)).date_naive();
    for (pool, sql) in [(&etl, include_str!("fill_etl.sql")), (&owner, include_str!("fill_biz.sql"))] {
        fill(pool, sql, &args, stat_date).await?;
    }
    let bench = Bench { args, owner, door: SystemDoor::new(biz), warehouse, stat_date };
    bench.measure().await
}

impl Bench {
    async fn measure(&self) -> anyhow::Result<Table> {
        let (mut first, mut alone, mut second, mut reading) = (vec![], vec![], vec![], vec![]);
        let mut made = 0;
        for _ in 0..self.args.rounds {
            self.empty().await?;
            alone.push(timed(self.postgres_alone()).await?.1);
            let expected = self.tasks().await?;
            self.empty().await?;
            let (created, time) = timed(self.mornings()).await?;
            first.push(time);
            ensure!(created == expected, "the generator made {created} tasks, PostgreSQL alone {expected}");
            self.owner.execute("ANALYZE biz.coach_tasks").await?;
            let (read, again) = self.second().await?;
            reading.push(read);
            second.push(again);
            made = created;
        }
        let Args { sites, coaches, members, rounds, .. } = self.args;
        let mut table = Table::new(format!(
            "task generator: {sites} sites x {coaches} coaches x {members} members = {} pairs, {made} tasks, {rounds} rounds",
            sites * coaches * members
        ));
        table.row("first run", &Spread::of(&first));
        table.row("one INSERT … SELECT of the same rows", &Spread::of(&alone));
        table.ratio("first run / PostgreSQL alone", &first, &alone, "<= 2");
        table.row("second run, no change", &Spread::of(&second));
        table.row("reading the indices and active tasks", &Spread::of(&reading));
        table.ratio("second run / reading", &second, &reading, "<= 1.3");
        table.text("peak resident memory of this process", peak_memory(), "< 200 MiB");
        Ok(table)
    }

    /// Every site's morning, one after the other, as one slot of a worker does it. Tasks made.
    async fn mornings(&self) -> anyhow::Result<u64> {
        let mut created = 0;
        for site in 1..=self.args.sites {
            created += self.morning(site).await?;
        }
        Ok(created)
    }

    async fn morning(&self, site: i64) -> anyhow::Result<u64> {
        match morning::run(&self.work(site)).await? {
            MorningOutcome::Generated(record) => Ok(record.generated.created),
            MorningOutcome::Skipped { stale, .. } => anyhow::bail!("site {site}: {stale}"),
        }
    }

    /// Time of the same reads and nothing else, and of mornings with nothing to change. Site by site, who comes first
    /// taking turns: a checkpoint or a vacuum after the first run meets both alike.
    async fn second(&self) -> anyhow::Result<(Duration, Duration)> {
        let (mut reading, mut mornings) = (Duration::ZERO, Duration::ZERO);
        for site in 1..=self.args.sites {
            for reads in [site % 2 == 0, site % 2 != 0] {
                if reads {
                    let work = self.work(site);
                    reading += timed(async { Ok(morning::read_only(&work).await? as u64) }).await?.1;
                } else {
                    let (again, time) = timed(self.morning(site)).await?;
                    mornings += time;
                    ensure!(again == 0, "the second run made {again} tasks");
                }
            }
        }
        Ok((reading, mornings))
    }

    /// The comparison: rules as CASE, tasks, history and statistics in one statement, inputs in the same database.
    async fn postgres_alone(&self) -> anyhow::Result<u64> {
        let done =
            sqlx::query(include_str!("baseline.sql")).bind(self.stat_date).execute(&self.owner).await?;
        Ok(done.rows_affected())
    }

    async fn tasks(&self) -> anyhow::Result<u64> {
        let n: i64 =
            sqlx::query_scalar("SELECT count(*) FROM biz.coach_tasks").fetch_one(&self.owner).await?;
        Ok(u64::try_from(n)?)
    }

    async fn empty(&self) -> anyhow::Result<()> {
        self.owner
            .execute("TRUNCATE biz.coach_tasks, biz.coach_task_history, biz.coach_task_scores, biz.coach_task_reasons, biz.notes, biz.dws_assistant_task_monthly")
            .await?;
        Ok(())
    }

    fn work(&self, site: i64) -> Work {
        Work::new(self.door.clone(), self.warehouse.clone(), SiteId(site))
    }
}

async fn pool(url: &str) -> anyhow::Result<PgPool> {
    Ok(PgPoolOptions::new().max_connections(2).connect(url).await?)
}

/// Runs a script of several statements with $sites, $coaches, $members and $stat_date as session settings.
async fn fill(pool: &PgPool, sql: &'static str, args: &Args, stat_date: NaiveDate) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await?;
    for (name, value) in [
        ("bench.sites", args.sites.to_string()),
        ("bench.coaches", args.coaches.to_string()),
        ("bench.members", args.members.to_string()),
        ("bench.stat_date", stat_date.to_string()),
    ] {
        sqlx::query("SELECT set_config($1, $2, false)")
            .bind(name)
            .bind(value)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::raw_sql(sql).execute(&mut *connection).await?;
    Ok(())
}

async fn timed(work: impl Future<Output = anyhow::Result<u64>>) -> anyhow::Result<(u64, Duration)> {
    let start = Instant::now();
    let n = work.await?;
    Ok((n, start.elapsed()))
}
