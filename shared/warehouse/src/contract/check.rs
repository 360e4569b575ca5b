//! The check of a warehouse against the contract: by the catalog, so that a missing view is a finding and not an error.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{Calendar, SiteId};

use super::{
    Finding,
    views::{Kind, VIEWS, View},
    zones,
};
use crate::{Warehouse, WarehouseError};

/// A hall as the business database knows it.
#[derive(Clone, Copy, Debug)]
pub struct OurSite {
    /// Tenant.
    pub site_id: SiteId,
    /// Zone and cut-off.
    pub calendar: Calendar,
}

/// A view as the catalog has it.
#[derive(Default)]
struct Found {
    readable: bool,
    columns: BTreeMap<String, String>,
}

/// Everything that departs from the contract, views first; empty: none. Zones are compared for a year from `now` on.
/// An error means that the check itself could not be made, for instance because there is no warehouse.
pub async fn check(
    warehouse: &Warehouse,
    ours: &[OurSite],
    now: DateTime<Utc>,
) -> Result<Vec<Finding>, WarehouseError> {
    let (role, found) = catalog(warehouse).await?;
    let mut findings = Vec::new();
    for view in VIEWS {
        match found.get(view.name) {
            None => findings.push(Finding::MissingView { view: view.name }),
            Some(found) => {
                columns(view, found, &mut findings);
                if found.readable {
                    findings.extend(not_cut(warehouse, view).await?);
                } else {
                    findings.push(Finding::NotReadable { view: view.name, role: role.clone() });
                }
            }
        }
    }
    findings.extend(reads_more(warehouse, role).await?);
    let sites_can_be_read = !findings.iter().any(|finding| match finding {
        Finding::MissingView { view, .. }
        | Finding::MissingColumn { view, .. }
        | Finding::WrongType { view, .. }
        | Finding::NotReadable { view, .. } => *view == "v_dim_site",
        _ => false,
    });
    if sites_can_be_read {
        for site in ours {
            findings.extend(site_differs(warehouse, site).await?);
        }
    }
    let used: BTreeSet<_> = ours.iter().map(|site| site.calendar.zone().name()).collect();
    for zone in used {
        findings.extend(zones::compare(warehouse, zone, now).await?);
    }
    Ok(findings)
}

/// Our role, and what it finds in schema `app`.
async fn catalog(warehouse: &Warehouse) -> Result<(String, BTreeMap<String, Found>), WarehouseError> {
    let role =
        sqlx::query_scalar!(r#"SELECT current_user::text AS "role!""#).fetch_one(warehouse.pool()).await?;
    let mut found = BTreeMap::<String, Found>::new();
    for row in sqlx::query_file!("queries/catalog.sql").fetch_all(warehouse.pool()).await? {
        let view = found.entry(row.view).or_default();
        view.readable = row.readable;
        view.columns.insert(row.column, row.data_type);
    }
    Ok((role, found))
}

fn columns(view: &View, found: &Found, findings: &mut Vec<Finding>) {
    for (column, kind) in [("site_id", Kind::Id)].iter().chain(view.columns) {
        let (view, expected) = (view.name, kind.types());
        match found.columns.get(*column) {
            None => findings.push(Finding::MissingColumn { view, column }),
            Some(data_type) if !expected.contains(&data_type.as_str()) => {
                findings.push(Finding::WrongType { view, column, expected, found: data_type.clone() })
            }
            Some(_) => {}
        }
    }
}

/// Without a hall a view shows nothing.
async fn not_cut(warehouse: &Warehouse, view: &View) -> Result<Option<Finding>, WarehouseError> {
    let trouble = match sqlx::query_scalar::<_, bool>(view.any_row).fetch_one(warehouse.pool()).await {
        Ok(false) => return Ok(None),
        Ok(true) => "rows appear".to_owned(),
        Err(error) => match WarehouseError::from(error) {
            error @ WarehouseError::Unreachable(_) => return Err(error),
            WarehouseError::Other(sqlx::Error::Database(error)) => error.message().to_owned(),
            error => error.to_string(),
        },
    };
    Ok(Some(Finding::NotCut { view: view.name, trouble }))
}

async fn reads_more(warehouse: &Warehouse, role: String) -> Result<Option<Finding>, WarehouseError> {
    let beyond = sqlx::query_file!("queries/readable_beyond.sql").fetch_one(warehouse.pool()).await?;
    Ok(beyond.first.map(|table| Finding::ReadsMore { role, table, tables: beyond.tables }))
}

async fn site_differs(warehouse: &Warehouse, ours: &OurSite) -> Result<Vec<Finding>, WarehouseError> {
    let site_id = ours.site_id;
    let mut tx = warehouse.begin(site_id).await?;
    let Some(theirs) = sqlx::query_file!("queries/site_calendar.sql").fetch_optional(tx.connection()).await?
    else {
        return Ok(vec![Finding::UnknownSite { site_id }]);
    };
    tx.close().await?;
    let zone = ours.calendar.zone().name().to_owned();
    let hour = ours.calendar.cutoff_hour().to_string();
    let shown = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    let (their_zone, their_hour) =
        (shown(theirs.timezone), shown(theirs.cutoff_hour.map(|hour| hour.to_string())));
    let pairs = [("time zone", zone, their_zone), ("cut-off hour", hour, their_hour)];
    Ok(pairs
        .into_iter()
        .filter(|(_, ours, theirs)| ours != theirs)
        .map(|(what, ours, theirs)| Finding::SiteDiffers { site_id, what, ours, theirs })
        .collect())
}
