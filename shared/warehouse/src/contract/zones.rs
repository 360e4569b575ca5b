//! Two copies of the zone database, the server's and ours, compared a year ahead: a law made in spring moves clocks in
//! autumn, and business dates with them.
use chrono::{DateTime, Duration, DurationRound, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::Finding;
use crate::{Warehouse, WarehouseError};

/// Offset from `at` on, in seconds.
type Change = (DateTime<Utc>, i32);

/// Quarters of an hour in a leap year.
const STEPS: i32 = 366 * 24 * 4;

pub(super) async fn compare(
    warehouse: &Warehouse,
    zone: &str,
    now: DateTime<Utc>,
) -> Result<Option<Finding>, WarehouseError> {
    let from = now.duration_trunc(Duration::hours(1)).unwrap_or(now);
    let asked =
        sqlx::query_file!("queries/zone_changes.sql", zone, from, STEPS).fetch_all(warehouse.pool()).await;
    let theirs: Vec<Change> = match asked {
        Ok(rows) => rows.into_iter().map(|row| (row.at, row.offset_seconds)).collect(),
        // invalid_parameter_value: the server's zone database has no such name.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("22023") => {
            return Ok(Some(Finding::UnknownZone { zone: zone.to_owned() }));
        }
        Err(error) => return Err(error.into()),
    };
    let ours = changes(zone, from);
    Ok(first_difference(&ours, &theirs).map(|(at, ours, theirs)| Finding::ZoneData {
        zone: zone.to_owned(),
        at,
        ours,
        theirs,
    }))
}

/// The offset at `from`, and each change after it.
fn changes(zone: &str, from: DateTime<Utc>) -> Vec<Change> {
    let Ok(zone) = zone.parse::<Tz>() else { return Vec::new() };
    let mut changes: Vec<Change> = Vec::new();
    for step in 0..=STEPS {
        let at = from + Duration::minutes(15 * i64::from(step));
        let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc();
        if changes.last().is_none_or(|last| last.1 != offset) {
            changes.push((at, offset));
        }
    }
    changes
}

/// When the two first differ, and the offsets from then on.
fn first_difference(ours: &[Change], theirs: &[Change]) -> Option<(DateTime<Utc>, i32, i32)> {
    let in_force =
        |changes: &[Change], at| changes.iter().rev().find(|change| change.0 <= at).map_or(0, |c| c.1);
    ours.iter()
        .chain(theirs)
        .map(|change| (change.0, in_force(ours, change.0), in_force(theirs, change.0)))
        .filter(|(_, ours, theirs)| ours != theirs)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_of_new_york_changes_twice() {
        let changes = changes("America/New_York", at("2026-01-01T00:00:00Z"));
        assert_eq!(
            changes,
            vec![
                (at("2026-01-01T00:00:00Z"), -18_000),
                (at("2026-03-08T07:00:00Z"), -14_400),
                (at("2026-11-01T06:00:00Z"), -18_000),
            ]
        );
    }

    #[test]
    fn the_first_difference_is_found_on_either_side() {
        let (a, b, c) = (at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
        assert_eq!(first_difference(&[(a, 0), (c, 3600)], &[(a, 0), (c, 3600)]), None);
        assert_eq!(first_difference(&[(a, 0), (c, 3600)], &[(a, 0), (b, 3600)]), Some((b, 0, 3600)));
        assert_eq!(first_difference(&[(a, 0), (b, 3600)], &[(a, 0)]), Some((b, 3600, 0)));
    }
}
