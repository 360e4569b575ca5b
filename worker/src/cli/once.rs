//! `worker run JOB [--site N]`: through run rows of its own, so that fences, overlap and the record are as ever.
use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::SiteId;
use store::{
    config::Config,
    scheduler::operate::{self, RunState},
};

use crate::{Process, Registry};

/// `worker run`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// biz.trigger_jobs.job_name
    job: String,
    /// One site; all active sites unless given
    #[arg(long, value_name = "SITE_ID")]
    site: Option<i64>,
}

pub(super) async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let app = super::app(config).await?;
    let biz = app.biz.clone();
    let registry = Registry::standard();
    let run_ids = {
        let mut connection = biz.acquire().await.context("the business database")?;
        operate::run_now(&mut connection, &args.job, args.site.map(SiteId), &registry.defaults())
            .await
            .with_context(|| format!("cannot run {}", args.job))?
    };
    let process = Process::new(app, registry);
    process.run_these(&run_ids, Duration::from_millis(200)).await?;
    let mut connection = biz.acquire().await.context("the business database")?;
    let states = operate::states(&mut connection, &run_ids).await?;
    for run in &states {
        super::print(line(run))?;
    }
    match states.iter().filter(|run| !matches!(run.state.as_str(), "succeeded" | "skipped")).count() {
        0 => Ok(()),
        failed => bail!("{failed} of {} runs did not succeed", states.len()),
    }
}

fn line(run: &RunState) -> String {
    let site = run.site_id.map_or_else(|| "all sites".to_owned(), |id| format!("site {id}"));
    let detail = match (&run.error, &run.stats) {
        (Some(error), _) => error.clone(),
        (None, Some(stats)) => stats.to_string(),
        (None, None) => String::new(),
    };
    let later = if run.state == "failed" { " (a serving worker tries again)" } else { "" };
    format!("run {} {} {site}: {}{later} {detail}\n", run.id, run.job_name, run.state)
}
