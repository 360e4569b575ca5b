//! What is wrong with a warehouse, one sentence each.
use chrono::{DateTime, Utc};
use domain::SiteId;

/// One departure from the contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The view is not there.
    #[error("view app.{view} is missing")]
    MissingView {
        /// Without schema.
        view: &'static str,
    },
    /// The view lacks a column.
    #[error("view app.{view} lacks the column {column}")]
    MissingColumn {
        /// Without schema.
        view: &'static str,
        /// Column.
        column: &'static str,
    },
    /// The column is of a type that cannot be read as what it is.
    #[error("app.{view}.{column} is {found}, not {}", expected.join(" or "))]
    WrongType {
        /// Without schema.
        view: &'static str,
        /// Column.
        column: &'static str,
        /// Types that will do.
        expected: &'static [&'static str],
        /// The type it has.
        found: String,
    },
    /// Our role may not read the view.
    #[error("view app.{view} may not be read by the role {role}: GRANT USAGE ON SCHEMA app and SELECT on it")]
    NotReadable {
        /// Without schema.
        view: &'static str,
        /// Our role.
        role: String,
    },
    /// The view shows rows, or fails, where no hall is named.
    #[error("view app.{view} is not cut to app.current_site_id: without it {trouble}")]
    NotCut {
        /// Without schema.
        view: &'static str,
        /// "rows appear", or the server's words.
        trouble: String,
    },
    /// Our role sees more than the views.
    #[error(
        "the role {role} may read the views and {tables} more, such as {table}: it should read the views alone"
    )]
    ReadsMore {
        /// Our role.
        role: String,
        /// One of them, with its schema.
        table: String,
        /// How many there are.
        tables: i64,
    },
    /// A hall of ours that the warehouse does not know.
    #[error("site {site_id} is not in app.v_dim_site")]
    UnknownSite {
        /// Ours.
        site_id: SiteId,
    },
    /// Zone or cut-off of a hall differ, so that business dates would.
    #[error("site {site_id}: {what} is {theirs} in the warehouse, {ours} here")]
    SiteDiffers {
        /// Ours.
        site_id: SiteId,
        /// "time zone" or "cut-off hour".
        what: &'static str,
        /// In `biz.sites`.
        ours: String,
        /// In `app.v_dim_site`.
        theirs: String,
    },
    /// The server does not know a zone that we use.
    #[error("the warehouse's server does not know the time zone {zone}")]
    UnknownZone {
        /// IANA name.
        zone: String,
    },
    /// The two copies of the zone database disagree.
    #[error(
        "time zone {zone} from {at} on: UTC{theirs:+} s in the warehouse, UTC{ours:+} s here; update the older zone data"
    )]
    ZoneData {
        /// IANA name.
        zone: String,
        /// First instant of the disagreement, to a quarter of an hour.
        at: DateTime<Utc>,
        /// Offset here, in seconds.
        ours: i32,
        /// Offset there, in seconds.
        theirs: i32,
    },
}
