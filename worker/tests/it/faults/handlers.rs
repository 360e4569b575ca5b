//! What the harness's jobs do. Each writes its effect through the run's door and decides by what it finds.
use std::time::Duration;

use anyhow::anyhow;
use domain::{
    SiteId,
    schedule::{Coalesce, Scope},
};
use worker::{JobContext, JobError, Outcome, Registry};

/// Everything, or what a worker knew before the upgrade.
pub fn registry(old: bool) -> Registry {
    use Coalesce::{None, Site};
    let known = Registry::default()
        .register_job("works", Scope::Site, Site, |cx| Box::pin(works(cx)))
        .register_job("works_for_all", Scope::Global, Site, |cx| Box::pin(works(cx)))
        .register_job("takes_its_time", Scope::Site, None, |cx| Box::pin(takes_its_time(cx)))
        .register_job("lingers", Scope::Site, Site, |cx| Box::pin(lingers(cx)))
        .register_job("fails", Scope::Site, Site, |cx| Box::pin(fails(cx)))
        .register_job("panics", Scope::Site, Site, |cx| Box::pin(panics(cx)))
        .register_job("hangs", Scope::Site, Site, |cx| Box::pin(hangs(cx)));
    match old {
        true => known,
        false => known.register_job("is_new", Scope::Site, None, |cx| Box::pin(works(cx))),
    }
}

/// Seconds by this host's clock: shows that a skewed one was skewed.
#[expect(clippy::disallowed_methods, reason = "the host's own clock is what is looked at")]
fn host_clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The effect, once per run however often it is executed; what it read of its events; and that it wrote at all.
async fn effect(cx: &JobContext<'_>, dawdle: Duration, fail: bool) -> Result<(), JobError> {
    let events: Vec<i64> = cx.events().await?.iter().map(|e| e.id).collect();
    let mut tx = cx.door().begin(cx.run.site_id.unwrap_or(SiteId(1))).await?;
    sqlx::query("INSERT INTO harness.effects (run_id, events) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(cx.run.id)
        .bind(&events)
        .execute(tx.connection())
        .await?;
    sqlx::query("INSERT INTO harness.writes (run_id, epoch, claim, host_clock) VALUES ($1, $2, $3, $4)")
        .bind(cx.run.id)
        .bind(cx.run.epoch)
        .bind(cx.run.claim)
        .bind(host_clock())
        .execute(tx.connection())
        .await?;
    tokio::time::sleep(dawdle).await;
    if fail {
        return Err(JobError::Retry(anyhow!("after it had written, before it committed")));
    }
    tx.commit().await?;
    Ok(())
}

fn up_to(millis: u64) -> Duration {
    Duration::from_millis(rand::random_range(0..=millis))
}

async fn works(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    effect(&cx, Duration::ZERO, false).await?;
    Outcome::succeeded(())
}

/// In the middle of its transaction.
async fn takes_its_time(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    effect(&cx, up_to(60), false).await?;
    Outcome::succeeded(())
}

/// Before its transaction, so that a frozen process writes late; and after it, so that a crash comes between effect and
/// end.
async fn lingers(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    tokio::time::sleep(up_to(400)).await;
    effect(&cx, Duration::ZERO, false).await?;
    tokio::time::sleep(up_to(200)).await;
    Outcome::succeeded(())
}

async fn fails(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    effect(&cx, Duration::ZERO, cx.run.attempt == 1).await?;
    Outcome::succeeded(())
}

async fn panics(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    assert!(cx.run.attempt > 1, "the first time it panics");
    works(cx).await
}

async fn hangs(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    if cx.run.attempt == 1 {
        std::future::pending::<()>().await;
    }
    works(cx).await
}
