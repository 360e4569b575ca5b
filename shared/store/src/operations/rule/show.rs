//! What the rules of a site are, were and will be.
use domain::RuntimeContext;
use sqlx::PgConnection;

use crate::{
    StoreError,
    db::rule::{self, Version},
};

/// The versions of a site, sorted out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What the generator works with today.
    pub in_force: Version,
    /// What it will work with, the next first. A version that a newer one overtakes before its day is history.
    pub upcoming: Vec<Version>,
    /// What it worked with, or never did, newest first.
    pub history: Vec<Version>,
    /// The newest version of the site's own; 0 = it has none. An edit must name it.
    pub newest_version: i32,
}

/// Reads and sorts them.
pub async fn show(connection: &mut PgConnection, ctx: &RuntimeContext) -> Result<Rules, StoreError> {
    let today = ctx.today();
    let mut versions = rule::versions(connection, ctx).await?;
    let newest_version = versions.iter().find(|v| !v.is_default).map_or(0, |v| v.rule.version);
    let in_force = versions
        .iter()
        .position(|v| v.effective_from <= today)
        .ok_or(StoreError::NotFound("task rule in force"))?;
    let mut earlier = versions.split_off(in_force);
    let in_force = earlier.remove(0);
    // What is left is newer than the one in force, and later: newest first, so each must come before the ones seen.
    let (mut upcoming, mut history) = (Vec::<Version>::new(), Vec::new());
    for version in versions {
        match upcoming.last() {
            Some(newer) if newer.effective_from <= version.effective_from => history.push(version),
            _ => upcoming.push(version),
        }
    }
    upcoming.reverse();
    history.extend(earlier);
    Ok(Rules { in_force, upcoming, history, newest_version })
}
