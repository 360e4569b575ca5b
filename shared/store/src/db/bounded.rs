//! Lists of which nobody knows how long they are: operators look at the newest rows, and need no exact count of a million.
use sqlx::PgConnection;

use crate::StoreError;

/// Rows that a total counts.
const ENOUGH: i64 = 10_000;

/// Rows that are counted for a page: 10,000, or as far as the page reaches and one more, so that it is always known
/// whether another follows.
pub(super) fn counted(offset: i64, limit: i64) -> i64 {
    offset.saturating_add(limit).saturating_add(1).max(ENOUGH)
}

/// Whether so many were counted that there may be more.
pub(super) fn are_many(total: i64) -> bool {
    total >= ENOUGH
}

/// What a filter leaves open decides which index helps: until the transaction ends, every statement is planned for its
/// values, and by an index if there is any. (Row security makes the planner expect a few rows of all, and read all to
/// sort them.)
pub(super) async fn plan_for_what_is_asked(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)",
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_total_says_whether_a_page_follows() {
        assert_eq!(counted(0, 20), 10_000);
        assert_eq!(counted(9_980, 20), 10_001);
        assert_eq!(counted(1_000_000, 100), 1_000_101);
        assert_eq!(counted(i64::MAX, 100), i64::MAX);
    }
}
