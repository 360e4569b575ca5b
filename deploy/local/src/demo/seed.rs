//! Fills empty databases with a chain and its people, once; brings a demo that was asleep up to today.
use super::{
    chain,
    options::{Options, Size},
    people, replay,
    stack::{Place, Places, Stack},
};
use crate::console::{self, Step};
use anyhow::{Context as _, Result, bail};
use reference::chain::ChainSpec;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use testing::Role;

/// The database's comment says what was seeded, written last: without it the seed did not end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seeded {
    sites: u32,
    coaches: u32,
    members: u32,
    days: u32,
    seed: u64,
}

/// A seeded demo that has lived up to yesterday.
pub async fn ensure(options: &Options, stack: &Stack) -> Result<()> {
    let places = &stack.places;
    enough_room(options, stack)?;
    let step = Step::begin("Migrating both databases");
    places
        .provision()
        .await
        .context("an earlier demo's data may not fit this version (cargo demo --fresh starts over)")?;
    step.done("");
    match seeded(places).await? {
        Some(there) => {
            there.must_fit(&options.size)?;
            chain::catch_up(places).await
        }
        None => anew(&options.size, places).await,
    }
}

async fn anew(size: &Size, places: &Places) -> Result<()> {
    if chain::is_begun(places).await? {
        console::note("an earlier seed did not end: starting over");
        places.drop().await?;
        places.provision().await?;
    }
    let today = chain::today(places).await?;
    let spec = spec(size, ChainSpec::new(today.pred_opt().context("no day before today")?));
    spec.validate()?;
    chain::seed(places, &spec).await?;
    people::seed(places, &spec.halls()).await?;
    replay::run(places, &spec).await?;
    analyze(places).await?;
    remember(&places.biz, &Seeded::from(&spec)).await
}

fn spec(size: &Size, default: ChainSpec) -> ChainSpec {
    ChainSpec {
        sites: size.sites.unwrap_or(default.sites),
        coaches: size.coaches.unwrap_or(default.coaches),
        members: size.members.unwrap_or(default.members),
        days: size.days.unwrap_or(default.days),
        seed: size.seed.unwrap_or(default.seed),
        last_day: default.last_day,
    }
}

impl From<&ChainSpec> for Seeded {
    fn from(spec: &ChainSpec) -> Self {
        Self {
            sites: spec.sites,
            coaches: spec.coaches,
            members: spec.members,
            days: spec.days,
            seed: spec.seed,
        }
    }
}

impl Seeded {
    /// Sizes count when seeding; another one asked for later is a misunderstanding.
    fn must_fit(&self, asked: &Size) -> Result<()> {
        for (flag, there, asked) in [
            ("--sites", u64::from(self.sites), asked.sites.map(u64::from)),
            ("--coaches", u64::from(self.coaches), asked.coaches.map(u64::from)),
            ("--members", u64::from(self.members), asked.members.map(u64::from)),
            ("--days", u64::from(self.days), asked.days.map(u64::from)),
            ("--seed", self.seed, asked.seed),
        ] {
            if let Some(asked) = asked.filter(|asked| *asked != there) {
                bail!(
                    "the demo that is there was made with {flag} {there}, not {asked}: add --fresh to start over"
                );
            }
        }
        Ok(())
    }
}

async fn seeded(places: &Places) -> Result<Option<Seeded>> {
    let biz = places.biz.pool(Role::Owner, 1).await?;
    let comment: Option<String> = sqlx::query_scalar(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(&biz)
    .await?;
    Ok(comment.and_then(|text| serde_json::from_str(&text).ok()))
}

async fn remember(biz: &Place, seeded: &Seeded) -> Result<()> {
    let pool = biz.pool(Role::Owner, 1).await?;
    sqlx::query("SELECT set_config('zqyy.seeded', $1, false)")
        .bind(serde_json::to_string(seeded)?)
        .execute(&pool)
        .await?;
    // COMMENT takes no parameters.
    sqlx::query(
        "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), current_setting('zqyy.seeded')); END $$",
    )
    .execute(&pool)
    .await?;
    Ok(())
}

async fn analyze(places: &Places) -> Result<()> {
    let analyze = async |pool: PgPool| sqlx::query("ANALYZE").execute(&pool).await;
    analyze(places.biz.pool(Role::Owner, 1).await?).await?;
    analyze(places.etl.pool(Role::EtlOwner, 1).await?).await?;
    Ok(())
}

/// Refuses before an hour's work rather than after it.
fn enough_room(options: &Options, stack: &Stack) -> Result<()> {
    const MIB: u128 = 1024 * 1024; // (the counts are of different widths on different systems)
    let Some(home) = stack.home() else { return Ok(()) };
    let space =
        nix::sys::statvfs::statvfs(home).with_context(|| format!("cannot look at {}", home.display()))?;
    let free = u128::from(space.blocks_available()) * u128::from(space.fragment_size());
    let needed = if options.size.sites.is_some_and(|sites| sites <= 2) { 1024 } else { 4096 } * MIB;
    if free < needed {
        bail!(
            "{} MiB are free at {}, the demo needs {}: make room, or give another place with --directory",
            free / MIB,
            home.display(),
            needed / MIB
        );
    }
    Ok(())
}
