//! `api check-etl`
use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use store::{config::Config, connect, db::site};
use warehouse::{
    Warehouse,
    contract::{OurSite, VIEWS, check},
};

use crate::serve::PROGRAM;

/// Prints one line per finding; an error when there is one.
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let (biz, etl) = (config.database.biz()?, config.database.etl()?);
    connect::check(&config.database, "database.etl_url", etl, PROGRAM).await?;
    let biz = connect::biz(&config.database, biz, PROGRAM).await?;
    let (now, sites) = site::calendars(&biz).await?;
    let ours: Vec<OurSite> =
        sites.into_iter().map(|(site_id, calendar)| OurSite { site_id, calendar }).collect();
    let warehouse = Warehouse::new(connect::etl(&config.database, etl, PROGRAM));
    let findings = check(&warehouse, &ours, now).await.context("the check could not be made")?;
    let mut out = io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    writeln!(
        out,
        "{etl}: {} views and {} sites checked, {} findings",
        VIEWS.len(),
        ours.len(),
        findings.len()
    )?;
    if !findings.is_empty() {
        bail!("{} findings: the warehouse departs from the contract, see above", findings.len());
    }
    Ok(())
}
