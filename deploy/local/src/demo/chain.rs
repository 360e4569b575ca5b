//! The demo's days: facts by the generator, snapshots by the roll-up.
use super::{next_day, stack::Places};
use crate::console::{Progress, Step};
use anyhow::{Context as _, Result};
use chrono::NaiveDate;
use reference::{
    Progress as SeedStep,
    chain::{self, ChainSpec},
    rollup::{self, When},
};
use testing::Role;

/// The business date of the demo's now, by the halls' common calendar.
pub async fn today(places: &Places) -> Result<NaiveDate> {
    let biz = places.biz.pool(Role::Owner, 1).await?;
    Ok(sqlx::query_scalar(
        "SELECT min(((biz.business_now() AT TIME ZONE z.timezone) - make_interval(hours => z.cutoff))::date)
         FROM (SELECT timezone, business_day_cutoff_hour FROM biz.sites WHERE status = 'active'
               UNION ALL SELECT 'Asia/Shanghai', 8 WHERE NOT EXISTS (SELECT FROM biz.sites)) AS z (timezone, cutoff)",
    )
    .fetch_one(&biz)
    .await?)
}

/// The first business date that has not been rolled up at every hall.
pub async fn next(places: &Places) -> Result<NaiveDate> {
    let etl = places.etl.pool(Role::EtlOwner, 1).await?;
    let newest = "SELECT min(newest) + 1 FROM (SELECT max(stat_date) AS newest FROM dws.rollup
                  JOIN cfg.demo_chain USING (site_id) GROUP BY site_id) AS halls";
    sqlx::query_scalar::<_, Option<NaiveDate>>(newest)
        .fetch_one(&etl)
        .await?
        .context("no day has been rolled up")
}

/// Whether a seed has begun.
pub async fn is_begun(places: &Places) -> Result<bool> {
    let etl = places.etl.pool(Role::EtlOwner, 1).await?;
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM dim.site)").fetch_one(&etl).await?)
}

/// Facts of all days up to the spec's last one, then their snapshots.
pub async fn seed(places: &Places, spec: &ChainSpec) -> Result<()> {
    let etl = places.etl.pool(Role::EtlOwner, 4).await?;
    let days = u64::from(spec.sites) * u64::from(spec.days);
    // Both kinds of days pass one bar: the second begins when the first ends.
    let bar = Progress::begin("Business, then snapshots, day by day", 2 * days);
    reference::seed(&etl, spec, &|step| match step {
        SeedStep::Facts { days, .. } | SeedStep::Snapshots { days, .. } => bar.advance_by(u64::from(days)),
    })
    .await?;
    bar.done();
    Ok(())
}

/// Brings every hall up to and including a business date, and rolls it up. Returns the hall-days that were missing.
pub async fn live(places: &Places, until: NaiveDate) -> Result<usize> {
    let etl = places.etl.pool(Role::EtlOwner, 2).await?;
    // Facts may be there without their snapshots, where an earlier attempt was interrupted: what counts is the roll-up.
    chain::extend(&etl, until).await?;
    let missing: Vec<(i64, NaiveDate, NaiveDate)> = sqlx::query_as(
        "SELECT c.site_id, max(r.stat_date) + 1, $1
         FROM cfg.demo_chain c JOIN dws.rollup r USING (site_id)
         GROUP BY c.site_id HAVING max(r.stat_date) < $1 ORDER BY c.site_id",
    )
    .bind(until)
    .fetch_all(&etl)
    .await?;
    let mut days = 0;
    for (site_id, first, last) in missing {
        rollup::run(&etl, site_id, first..=last, When::EachNight).await?;
        days += first.iter_days().take_while(|day| *day <= last).count();
    }
    Ok(days)
}

/// A demo that was asleep: the days up to yesterday arrive now, and the ETL says so.
pub async fn catch_up(places: &Places) -> Result<()> {
    let yesterday = today(places).await?.pred_opt().context("no day before today")?;
    let step = Step::begin("Days that went by since");
    let days = live(places, yesterday).await?;
    step.done(format!("{days} hall-days"));
    if days > 0 {
        next_day::fire(places, yesterday).await?;
    }
    Ok(())
}
