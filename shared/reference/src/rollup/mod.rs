//! The daily roll-up: snapshots (`dws`) of business dates, derived from the facts by the contract's definitions.
//!
//! The definitions are the `.sql` files of the crate `warehouse`: they read the views alone, so that a recomputation by
//! a reader runs the same text and its equality with the snapshot is exact. What no reader recomputes stands here.
//!
//! A date may be rolled up again until its cut-off; then it is frozen. All dates of one call appear in one transaction.
mod derived;

use std::ops::RangeInclusive;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use domain::Calendar;
use sqlx::{PgConnection, PgPool};

use derived::DERIVED;

/// When the roll-up runs, which decides what is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// By the warehouse's clock.
    Now,
    /// As if it were then: for a demo whose clock runs ahead.
    At(DateTime<Utc>),
    /// Each date as if in the night that follows it, four hours before its cut-off: for history.
    EachNight,
}

/// Rolls up a hall's business dates. Errors: an unknown hall, a date that has not begun, a frozen date.
pub async fn run(pool: &PgPool, site_id: i64, dates: RangeInclusive<NaiveDate>, when: When) -> Result<()> {
    let (first, last) = dates.into_inner();
    ensure!(
        first <= last,
        "roll-up of hall {site_id} from {first} to {last}: the first date is after the last"
    );
    let mut tx = pool.begin().await?;
    let calendar = open(&mut tx, site_id).await?;
    let now = match when {
        When::Now => sqlx::query_scalar!(r#"SELECT now() AS "now!""#).fetch_one(&mut *tx).await?,
        When::At(now) => now,
        When::EachNight => night_after(&calendar, last),
    };
    ensure!(
        calendar.start_of(last) <= now,
        "roll-up of hall {site_id} for {last}: that business date has not begun at {now}"
    );
    let done = sqlx::query_scalar!(
        "SELECT stat_date FROM dws.rollup WHERE site_id = $1 AND stat_date BETWEEN $2 AND $3 ORDER BY stat_date",
        site_id,
        first,
        last
    )
    .fetch_all(&mut *tx)
    .await?;
    if when != When::EachNight {
        refuse_frozen(site_id, &calendar, now, &done)?;
    }
    if !done.is_empty() {
        for table in DERIVED {
            sqlx::query(table.clear).bind(first).bind(last).bind(site_id).execute(&mut *tx).await?;
        }
    }
    for table in DERIVED {
        let from = first - Days::new(table.lead);
        sqlx::query(table.fill).bind(from).bind(last).bind(site_id).execute(&mut *tx).await?;
    }
    close_months(&mut tx, site_id, first, last).await?;
    let (dates, times): (Vec<_>, Vec<_>) = first
        .iter_days()
        .take_while(|date| *date <= last)
        .map(|date| (date, if when == When::EachNight { night_after(&calendar, date) } else { now }))
        .unzip();
    sqlx::query!(
        "INSERT INTO dws.rollup (site_id, stat_date, rolled_up_at)
         SELECT $1, d.stat_date, d.at FROM unnest($2::date[], $3::timestamptz[]) AS d (stat_date, at)
         ON CONFLICT (site_id, stat_date) DO UPDATE SET rolled_up_at = EXCLUDED.rolled_up_at",
        site_id,
        &dates,
        &times,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Whether every one of these dates is rolled up.
pub async fn is_done(pool: &PgPool, site_id: i64, dates: RangeInclusive<NaiveDate>) -> Result<bool> {
    let (first, last) = dates.into_inner();
    let done = sqlx::query_scalar!(
        r#"SELECT count(*) AS "done!" FROM dws.rollup WHERE site_id = $1 AND stat_date BETWEEN $2 AND $3"#,
        site_id,
        first,
        last
    )
    .fetch_one(pool)
    .await?;
    Ok(done > (last - first).num_days())
}

/// Names the hall to the views, keeps a second roll-up of it out, and reads its calendar.
async fn open(tx: &mut PgConnection, site_id: i64) -> Result<Calendar> {
    // One sort of a hall's half year; two halls work at a time, so neither spreads over workers.
    sqlx::query!(
        "SELECT set_config('app.current_site_id', $1::bigint::text, true) AS hall,
                set_config('work_mem', '64MB', true) AS memory,
                set_config('max_parallel_workers_per_gather', '0', true) AS workers,
                set_config('jit', 'off', true) AS jit",
        site_id
    )
    .fetch_one(&mut *tx)
    .await?;
    let hall = sqlx::query!(
        "SELECT timezone, business_day_cutoff_hour FROM dim.site WHERE site_id = $1 FOR NO KEY UPDATE",
        site_id
    )
    .fetch_optional(&mut *tx)
    .await?
    .with_context(|| format!("the warehouse has no hall {site_id}"))?;
    Calendar::new(&hall.timezone, hall.business_day_cutoff_hour).with_context(|| format!("hall {site_id}"))
}

fn night_after(calendar: &Calendar, date: NaiveDate) -> DateTime<Utc> {
    calendar.range(date, date).end - Duration::hours(4)
}

/// A date that was rolled up keeps its figures once its cut-off has passed; one that was missed may still be made up.
fn refuse_frozen(site_id: i64, calendar: &Calendar, now: DateTime<Utc>, done: &[NaiveDate]) -> Result<()> {
    for date in done {
        let cutoff = calendar.range(*date, *date).end;
        if cutoff <= now {
            bail!("roll-up of hall {site_id} for {date} is frozen since its cut-off at {cutoff}");
        }
    }
    Ok(())
}

/// The daily row of a month's last date is the pay of that month.
async fn close_months(tx: &mut PgConnection, site_id: i64, first: NaiveDate, last: NaiveDate) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dws.assistant_salary_calc (site_id, salary_month, assistant_id, assistant_level_name, tier_id,
             base_hours, bonus_hours, effective_hours, base_course_price, bonus_course_price, base_income, bonus_income,
             recharge_commission, goods_commission, sprint_bonus, reward, deduction, gross_salary)
         SELECT site_id, salary_month, assistant_id, assistant_level_name, tier_id, base_hours, bonus_hours,
                effective_hours, base_course_price, bonus_course_price, base_income, bonus_income, recharge_commission,
                goods_commission, sprint_bonus, reward, deduction, gross_salary
         FROM dws.assistant_daily_salary
         WHERE site_id = $1 AND stat_date BETWEEN $2 AND $3 AND stat_date = salary_month + interval '1 month - 1 day'
         ON CONFLICT (site_id, salary_month, assistant_id) DO UPDATE SET
             assistant_level_name = EXCLUDED.assistant_level_name, tier_id = EXCLUDED.tier_id,
             base_hours = EXCLUDED.base_hours, bonus_hours = EXCLUDED.bonus_hours,
             effective_hours = EXCLUDED.effective_hours, base_course_price = EXCLUDED.base_course_price,
             bonus_course_price = EXCLUDED.bonus_course_price, base_income = EXCLUDED.base_income,
             bonus_income = EXCLUDED.bonus_income, recharge_commission = EXCLUDED.recharge_commission,
             goods_commission = EXCLUDED.goods_commission, sprint_bonus = EXCLUDED.sprint_bonus,
             reward = EXCLUDED.reward, deduction = EXCLUDED.deduction, gross_salary = EXCLUDED.gross_salary",
        site_id,
        first,
        last,
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}
