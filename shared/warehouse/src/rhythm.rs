//! How often members come: their own rhythm (`app.v_dws_member_winback_index`) and their weeks
//! (`app.v_dws_member_visit_detail`).
use chrono::{Days, NaiveDate};
use domain::{Calendar, Index, RuntimeContext};
use rust_decimal::Decimal;

use crate::{Reading, Snapshot, WarehouseError, WarehouseTx};

/// A member with at least two visits in 180 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Member.
    pub member_id: i64,
    /// Win-back; `None` where it is missing or unsound.
    pub wbi: Option<Index>,
    /// The ideal interval: median days between visits, at least 3.
    pub gap_days: Option<Decimal>,
}

/// Weeks of [`weekly_visits`].
pub const WEEKS: usize = 8;

/// A member's visits, oldest week first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeeklyVisits {
    /// Member.
    pub member_id: i64,
    /// Business dates with consumption in each Monday week; the last is the current one, up to today.
    pub weeks: [i64; WEEKS],
}

/// Of these members, those in the newest snapshot, by id.
pub async fn of_members(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Snapshot<Rhythm>, WarehouseError> {
    let found = sqlx::query_file!("queries/winback_of_members.sql", ctx.today(), members)
        .fetch_all(tx.connection())
        .await?;
    Ok(Snapshot {
        stat_date: found.first().and_then(|row| row.stat_date),
        rows: found
            .into_iter()
            .filter_map(|row| {
                Some(Rhythm {
                    member_id: row.member_id?,
                    wbi: Reading::from_hundredths(row.wbi).value(),
                    gap_days: row.gap_days,
                })
            })
            .collect(),
    })
}

/// Of these members, those with a visit in the eight weeks that end with the current one, by id.
pub async fn weekly_visits(
    tx: &mut WarehouseTx,
    ctx: &RuntimeContext,
    members: &[i64],
) -> Result<Vec<WeeklyVisits>, WarehouseError> {
    let (oldest, today) = (oldest_week(ctx.today()), ctx.today());
    let rows = sqlx::query_file!("queries/weekly_visits.sql", oldest, today, members)
        .fetch_all(tx.connection())
        .await?;
    let mut visits: Vec<WeeklyVisits> = Vec::new();
    for row in rows {
        if visits.last().is_none_or(|last| last.member_id != row.member_id) {
            visits.push(WeeklyVisits { member_id: row.member_id, weeks: [0; WEEKS] });
        }
        let week = usize::try_from(row.week).ok();
        if let Some((last, week)) = visits.last_mut().zip(week.filter(|week| *week < WEEKS)) {
            last.weeks[week] = row.visits;
        }
    }
    Ok(visits)
}

/// Monday of the first of the eight weeks.
fn oldest_week(today: NaiveDate) -> NaiveDate {
    Calendar::week_of(today) - Days::new(7 * 7)
}
