//! A whole chain: facts, then every snapshot.
use anyhow::Result;
use chrono::{Days, NaiveDate};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::PgPool;

use crate::{
    chain::{self, ChainSpec},
    rollup::{self, When},
};

/// Business days of one hall that a step of the seeding has finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Facts are written.
    Facts {
        /// Hall.
        site_id: i64,
        /// How many days.
        days: u32,
    },
    /// Snapshots are derived.
    Snapshots {
        /// Hall.
        site_id: i64,
        /// How many days.
        days: u32,
    },
}

/// Dates per transaction of the roll-up.
const PIECE: u32 = 61;

/// Writes the chain and rolls up all of its days, two halls at a time; goes on where an interrupted seeding of the same
/// chain has stopped. `progress` hears of `sites × days` days of each kind in total.
pub async fn seed(
    pool: &PgPool,
    spec: &ChainSpec,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    chain::seed_facts(pool, spec, &|written| {
        progress(Progress::Facts { site_id: written.site_id, days: spec.days });
    })
    .await?;
    // Plans over freshly copied tables need to know their sizes.
    sqlx::raw_sql("ANALYZE").execute(pool).await?;
    // Round the halls, so that both connections are busy to the end and seldom wait for the same hall.
    let halls = spec.halls();
    let work = pieces(spec).flat_map(|piece| halls.iter().map(move |hall| (hall.site_id, piece)));
    stream::iter(work)
        .map(|(site_id, (first, last))| async move {
            let days = u32::try_from((last - first).num_days()).unwrap_or(0) + 1;
            if !rollup::is_done(pool, site_id, first..=last).await? {
                rollup::run(pool, site_id, first..=last, When::EachNight).await?;
            }
            progress(Progress::Snapshots { site_id, days });
            anyhow::Ok(())
        })
        .buffer_unordered(2)
        .try_collect::<()>()
        .await?;
    sqlx::raw_sql("ANALYZE").execute(pool).await?;
    Ok(())
}

fn pieces(spec: &ChainSpec) -> impl Iterator<Item = (NaiveDate, NaiveDate)> {
    let (start, end) = (spec.first_day(), spec.last_day);
    (0..spec.days).step_by(PIECE as usize).map(move |offset| {
        let first = start + Days::new(offset.into());
        (first, (first + Days::new(u64::from(PIECE) - 1)).min(end))
    })
}
