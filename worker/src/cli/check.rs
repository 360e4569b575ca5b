//! `worker check`: what would go wrong, before it does.
use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use domain::schedule::{TriggerConfig, When};
use store::{
    config::{Config, ConfigError},
    connect::PgPool,
    scheduler::{
        budget::{self, Connections},
        operate::{self, Job},
    },
};
use warehouse::Warehouse;

use super::{OF_POOL, PROGRAM};
use crate::Registry;

/// Connections of a worker beside its pool: the leases' heartbeat.
const BESIDE_POOL: u32 = 1;

/// What was found; a problem makes the command fail, a warning does not.
#[derive(Default)]
struct Report {
    text: String,
    problems: usize,
}

impl Report {
    fn line(&mut self, mark: &str, what: &str, how: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{mark:<8} {what}: {how}");
    }

    fn ok(&mut self, what: &str, how: impl std::fmt::Display) {
        self.line("ok", what, how);
    }

    fn warn(&mut self, what: &str, how: impl std::fmt::Display) {
        self.line("warning", what, how);
    }

    fn problem(&mut self, what: &str, how: impl std::fmt::Display) {
        self.problems += 1;
        self.line("PROBLEM", what, how);
    }
}

pub(super) async fn check(config: &Config) -> anyhow::Result<()> {
    let mut report = Report::default();
    report.ok("configuration", format_args!("{} runs at once", config.worker.concurrency));
    warehouse(config, &mut report).await?;
    match store::connect::biz(&config.database, config.database.biz()?, PROGRAM).await {
        Ok(biz) => {
            report.ok("business database", config.database.biz()?);
            if let Err(error) = business(config, &biz, &mut report).await {
                report.problem("business database", format_args!("{error:#}"));
            }
        }
        Err(error) => report.problem("business database", error),
    }
    super::print(&report.text)?;
    match report.problems {
        0 => Ok(()),
        1 => bail!("1 problem"),
        n => bail!("{n} problems"),
    }
}

async fn warehouse(config: &Config, report: &mut Report) -> anyhow::Result<()> {
    match config.database.etl() {
        Ok(url) => match Warehouse::new(store::connect::etl(&config.database, url, PROGRAM)).ping().await {
            Ok(()) => {
                report.ok("warehouse", format_args!("{url}; `api check-etl` holds it against the contract"))
            }
            Err(error) => report.problem("warehouse", format_args!("{url}: {error}")),
        },
        Err(ConfigError::Missing { .. }) => {
            report
                .warn("warehouse", "database.etl_url is not set: jobs that read it will fail and be retried");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn business(config: &Config, biz: &PgPool, report: &mut Report) -> anyhow::Result<()> {
    match store::migrate::check(biz).await {
        Ok(()) => report.ok("schema", "as this program needs it"),
        Err(error) => {
            report.problem("schema", error);
            return Ok(());
        }
    }
    match store::connect::check_clock(biz, config.auth.dev_login).await {
        Ok(()) => report.ok("business clock", "as it may be"),
        Err(error) => report.problem("business clock", error),
    }
    connections(config, budget::connections(biz).await?, report);
    let now = store::scheduler::operate::now(biz).await?;
    let mut connection = biz.acquire().await.context("a connection for reading the jobs")?;
    let registry = Registry::standard();
    for job in operate::jobs(&mut connection).await? {
        schedule(config, &registry, &job, now, report);
    }
    Ok(())
}

fn connections(config: &Config, server: Connections, report: &mut Report) {
    let per_worker = i64::from(config.database.max_connections + BESIDE_POOL);
    let wanted = per_worker * server.workers.max(1);
    let text = format!(
        "{} usable, {} open; a worker takes up to {per_worker}, {} registered",
        server.usable, server.open, server.workers
    );
    if wanted * 2 > server.usable {
        report.warn(
            "connections",
            format_args!("{text}: little is left for the api; lower database.max_connections"),
        );
    } else {
        report.ok("connections", text);
    }
    let slots = u32::try_from(config.worker.concurrency).unwrap_or(u32::MAX);
    if slots + OF_POOL > config.database.max_connections {
        report.warn(
            "connections",
            format_args!(
                "worker.concurrency = {slots} runs and the worker's own {OF_POOL} share database.max_connections = {}: they will wait for each other",
                config.database.max_connections
            ),
        );
    }
}

fn schedule(
    config: &Config,
    registry: &Registry,
    job: &Job,
    now: chrono::DateTime<chrono::Utc>,
    report: &mut Report,
) {
    let what = format!("job {}", job.job_name);
    if registry.get(&job.job_type).is_none() {
        report.problem(&what, format_args!("job_type {:?} is not known to this worker", job.job_type));
    }
    let parsed = match TriggerConfig::parse(&job.condition, &job.config, config.clock.timezone) {
        Ok(parsed) => parsed,
        Err(errors) => return report.problem(&what, format_args!("trigger_config: {errors}")),
    };
    if job.status != "enabled" {
        return report.ok(&what, &job.status);
    }
    match &parsed.when {
        When::Event(name) => report.ok(&what, format_args!("on event {name}")),
        When::Interval(every) => report.ok(&what, format_args!("every {} s", every.as_secs())),
        When::Cron(cron) => match parsed.next_after(now) {
            Some(next) => report.ok(&what, format_args!("next at {}", next.with_timezone(&cron.zone()))),
            None => report.problem(&what, "has no further slot"),
        },
    }
}
