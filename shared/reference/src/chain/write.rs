//! Writes a range of business days of a hall, in one transaction.
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Calendar;
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::{PgConnection, PgPool};

use super::{
    coach::SKILLS,
    hall::{Hall, HallSpec, TABLES},
    office,
    rows::{self, Facts},
    spec::{ChainSpec, HallInfo},
};

/// Days of a hall that are written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Hall.
    pub site_id: i64,
    /// First business date.
    pub first: NaiveDate,
    /// Last business date.
    pub last: NaiveDate,
}

/// Halls at once: one connection each.
const AT_ONCE: usize = 2;

/// Writes halls, people and facts of a chain, two halls at a time; `done` hears of each. A hall of this chain that is
/// there already keeps what it has, so that an interrupted seeding can go on; another one under its id is an error.
pub async fn seed_facts(
    pool: &PgPool,
    spec: &ChainSpec,
    done: &(dyn Fn(Written) + Send + Sync),
) -> Result<()> {
    spec.validate()?;
    stream::iter(spec.halls())
        .map(|hall| async move {
            let mut tx = pool.begin().await?;
            if !is_settled(&mut tx, spec, &hall).await? {
                settle_in(&mut tx, spec, &hall).await?;
            }
            write_until(&mut tx, hall.site_id, spec.last_day).await?;
            tx.commit().await?;
            done(Written { site_id: hall.site_id, first: spec.first_day(), last: spec.last_day });
            anyhow::Ok(())
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Writes the days up to `to` that are not there yet, of every hall of the chain; nothing where they are.
pub async fn extend(pool: &PgPool, to: NaiveDate) -> Result<Vec<Written>> {
    let halls =
        sqlx::query_scalar!("SELECT site_id FROM cfg.demo_chain ORDER BY site_id").fetch_all(pool).await?;
    ensure!(!halls.is_empty(), "no generated chain in this warehouse: seed it first");
    stream::iter(halls)
        .map(|site_id| async move {
            let mut tx = pool.begin().await?;
            let written = write_until(&mut tx, site_id, to).await?;
            tx.commit().await?;
            anyhow::Ok(written)
        })
        .buffered(AT_ONCE)
        .try_filter_map(|written| async move { Ok(written) })
        .try_collect()
        .await
}

/// The last business date that every hall of the chain has; `None`: no chain.
pub async fn last_day(pool: &PgPool) -> Result<Option<NaiveDate>> {
    Ok(sqlx::query_scalar!("SELECT min(last_day) FROM cfg.demo_chain").fetch_one(pool).await?)
}

/// Whether the hall is there, of the same story.
async fn is_settled(tx: &mut PgConnection, spec: &ChainSpec, hall: &HallInfo) -> Result<bool> {
    let there = sqlx::query!(
        r#"SELECT c.seed AS "seed?", c.coaches AS "coaches?", c.members AS "members?", c.days AS "days?",
                  c.first_day AS "first_day?"
           FROM dim.site s LEFT JOIN cfg.demo_chain c USING (site_id) WHERE site_id = $1"#,
        hall.site_id
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(there) = there else { return Ok(false) };
    let same = there.seed == Some(i64::try_from(spec.seed)?)
        && there.coaches == Some(i32::try_from(spec.coaches)?)
        && there.members == Some(i32::try_from(spec.members)?)
        && there.days == Some(i32::try_from(spec.days)?)
        && there.first_day == Some(spec.first_day());
    ensure!(same, "hall {} is in the warehouse already and is not of this chain: {spec:?}", hall.site_id);
    Ok(true)
}

/// The rows that do not come with a day: hall, configuration, and where the story stands.
async fn settle_in(tx: &mut PgConnection, spec: &ChainSpec, hall: &HallInfo) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dim.site (site_id, site_name, timezone, business_day_cutoff_hour) VALUES ($1, $2, $3, $4)",
        hall.site_id,
        hall.name,
        hall.timezone,
        hall.cutoff_hour,
    )
    .execute(&mut *tx)
    .await?;
    for (order, (code, name)) in (1..).zip(SKILLS) {
        sqlx::query!(
            "INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order) VALUES ($1, $2, $3, $4)",
            hall.site_id,
            code,
            name,
            order,
        )
        .execute(&mut *tx)
        .await?;
    }
    let tables: Vec<i64> = (1..=TABLES).collect();
    let areas: Vec<String> = tables.iter().map(|table| office::area(*table).to_owned()).collect();
    sqlx::query!(
        "INSERT INTO dim.site_table (site_id, site_table_id, area_name)
         SELECT $1, t.id, t.area FROM unnest($2::bigint[], $3::text[]) AS t (id, area)",
        hall.site_id,
        &tables,
        &areas,
    )
    .execute(&mut *tx)
    .await?;
    // min_hours as the contract names them; prices rise by 6 yuan a tier.
    sqlx::query!(
        "INSERT INTO cfg.performance_tier (site_id, tier_id, tier_name, min_hours, base_course_price,
             bonus_course_price, sprint_bonus, effective_from)
         SELECT $1, no, (ARRAY['起步档', '一档', '二档', '三档', '四档', '五档'])[no], hours, 52 + 6 * no,
                92 + 8 * no, (ARRAY[0, 0, 200, 400, 700, 1000])[no], $2::date - 60
         FROM unnest(ARRAY[0, 100, 130, 160, 190, 220]) WITH ORDINALITY AS tier (hours, no)",
        hall.site_id,
        spec.first_day(),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO cfg.demo_chain (site_id, seed, coaches, members, days, first_day, last_day)
         VALUES ($1, $2, $3, $4, $5, $6, $6::date - 1)",
        hall.site_id,
        i64::try_from(spec.seed)?,
        i32::try_from(spec.coaches)?,
        i32::try_from(spec.members)?,
        i32::try_from(spec.days)?,
        spec.first_day(),
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Lives the hall's story up to `to` and writes what is new. The row lock keeps a second writer out.
async fn write_until(tx: &mut PgConnection, site_id: i64, to: NaiveDate) -> Result<Option<Written>> {
    let story = sqlx::query!(
        "SELECT c.seed, c.coaches, c.members, c.days, c.first_day, c.last_day, s.timezone, s.business_day_cutoff_hour
         FROM cfg.demo_chain c JOIN dim.site s USING (site_id)
         WHERE site_id = $1 FOR UPDATE OF c",
        site_id
    )
    .fetch_one(&mut *tx)
    .await
    .with_context(|| format!("hall {site_id} is not of a generated chain"))?;
    if story.last_day >= to {
        return Ok(None);
    }
    let first = story.last_day.succ_opt().context("no day after the last")?;
    let spec = HallSpec {
        site_id,
        seed: u64::try_from(story.seed)?,
        coaches: usize::try_from(story.coaches)?,
        members: story.members.into(),
        days: story.days.into(),
        first_day: story.first_day,
        calendar: Calendar::new(&story.timezone, story.business_day_cutoff_hour)?,
    };
    // A second of pure computation must not hold up the other hall's writing.
    let (hall, days) = tokio::task::spawn_blocking(move || lived(spec, first, to)).await?;
    if first == spec.first_day {
        write_everybody(tx, site_id, &hall).await?;
    } else {
        write_changes(tx, site_id, &hall, spec.calendar.start_of(first)).await?;
    }
    for facts in &days {
        for (statement, text) in facts.copies() {
            copy(tx, statement, text).await?;
        }
    }
    sqlx::query!("UPDATE cfg.demo_chain SET last_day = $2 WHERE site_id = $1", site_id, to)
        .execute(&mut *tx)
        .await?;
    Ok(Some(Written { site_id, first, last: to }))
}

/// The hall after `to`, and the facts from `first` on, some weeks to a piece.
fn lived(spec: HallSpec, first: NaiveDate, to: NaiveDate) -> (Hall, Vec<Facts>) {
    let mut hall = Hall::new(spec);
    let mut pieces: Vec<Facts> = Vec::new();
    for (number, day) in spec.first_day.iter_days().take_while(|day| *day <= to).enumerate() {
        let facts = hall.live(day);
        if day < first {
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if number % 64 != 0 => piece.append(&facts),
            _ => pieces.push(facts),
        }
    }
    (hall, pieces)
}

/// The first write brings all versions, those of people from before the first day too. Only it brings coaches: their
/// promotions and resignations are known from the start.
async fn write_everybody(tx: &mut PgConnection, site_id: i64, hall: &Hall) -> Result<()> {
    let coaches = rows::dimension(site_id, hall.assistants.iter(), rows::assistant);
    copy(tx, rows::COPY_ASSISTANTS, &coaches).await?;
    let members = rows::dimension(site_id, hall.member_versions.iter(), rows::member);
    copy(tx, rows::COPY_MEMBERS, &members).await?;
    let cards = rows::dimension(site_id, hall.cards.iter(), rows::card);
    copy(tx, rows::COPY_CARDS, &cards).await
}

/// Versions that begin at or after `since`, and the ends of older ones.
async fn write_changes(tx: &mut PgConnection, site_id: i64, hall: &Hall, since: DateTime<Utc>) -> Result<()> {
    let members = hall.member_versions.iter().filter(|row| row.valid.from >= since);
    let cards = hall.cards.iter().filter(|row| row.valid.from >= since);
    copy(tx, rows::COPY_MEMBERS, &rows::dimension(site_id, members, rows::member)).await?;
    copy(tx, rows::COPY_CARDS, &rows::dimension(site_id, cards, rows::card)).await?;

    let ended = |from: DateTime<Utc>, to: Option<DateTime<Utc>>| to.filter(|to| from < since && *to >= since);
    let (ids, ends): (Vec<_>, Vec<_>) = hall
        .member_versions
        .iter()
        .filter_map(|row| Some((row.member_id, ended(row.valid.from, row.valid.to)?)))
        .unzip();
    sqlx::query!(
        "UPDATE dim.member m SET scd2_end_time = e.at, scd2_is_current = 0
         FROM unnest($2::bigint[], $3::timestamptz[]) AS e (id, at)
         WHERE m.site_id = $1 AND m.member_id = e.id AND m.scd2_end_time IS NULL AND m.scd2_start_time < $4",
        site_id,
        &ids,
        &ends,
        since,
    )
    .execute(&mut *tx)
    .await?;
    let (ids, ends): (Vec<_>, Vec<_>) =
        hall.cards.iter().filter_map(|row| Some((row.card_id, ended(row.valid.from, row.valid.to)?))).unzip();
    sqlx::query!(
        "UPDATE dim.member_card_account c SET scd2_end_time = e.at, scd2_is_current = 0
         FROM unnest($2::bigint[], $3::timestamptz[]) AS e (id, at)
         WHERE c.site_id = $1 AND c.card_account_id = e.id AND c.scd2_end_time IS NULL AND c.scd2_start_time < $4",
        site_id,
        &ids,
        &ends,
        since,
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

async fn copy(tx: &mut PgConnection, statement: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut copy = tx.copy_in_raw(statement).await?;
    copy.send(text.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}
