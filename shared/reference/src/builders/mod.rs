//! Hand-made rows for tests: say what matters, the rest is sound by default, and inserting again replaces the row.
//!
//! ```no_run
//! # use reference::builders::*;
//! # async fn example(etl: &sqlx::PgPool, s: chrono::NaiveDate) -> sqlx::Result<()> {
//! SiteRow::new(1).insert(etl).await?;
//! AssistantRow::new(1, 11).nickname("小雨").insert(etl).await?;
//! MemberRow::new(1, 501).insert(etl).await?;
//! RelationRow::new(1, s, 11, 501).rs("5.50").insert(etl).await?;
//! WinbackRow::new(1, s, 501).wbi("7.01").insert(etl).await?;
//! # Ok(()) }
//! ```
//! An index is the text of its value, so that `"NaN"` and `"10.50"` can be stored as a broken ETL would; null by `.no_…()`.

mod bulk;
mod facts;
mod people;
mod snapshots;

pub use bulk::MorningBulk;
pub use facts::{RechargeRow, ServiceRow, SettlementRow};
pub use people::{AssistantRow, CardRow, MemberRow, SiteRow, TierRow};
pub use snapshots::{ConsumptionRow, NewconvRow, RelationRow, SalaryRow, WinbackRow};
